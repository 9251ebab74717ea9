/** Longer ones would not leave a message its 4,096 bytes. */
export const MAX_LINK = 250;

const ADDRESS =
  /^(https:\/\/([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?(:[1-9][0-9]{0,3})?([/?#]|$)|(?!https:)[a-z][a-z0-9+.-]*:\/\/)[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=%-]*$/;

/** What a phone or a browser does something of its own with. */
const NOT_AN_APP = /^(http|wss?|s?ftps?|file|javascript|vbscript|data|blob|about|intent|content|view-source):/;

/**
 * What may go out of a rule's `link`: https, or the app's own scheme. The database judges by the same; a rule that it
 * has not judged loses its link rather than its message, which Firebase would refuse.
 */
export function usableLink(link: unknown): string | null {
  const isLink =
    typeof link === 'string' &&
    link.length <= MAX_LINK &&
    ADDRESS.test(link) &&
    !NOT_AN_APP.test(link) &&
    (!link.startsWith('https:') || URL.canParse(link));
  return isLink ? link : null;
}
