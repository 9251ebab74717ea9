/** What the database says is wrong with a text (scenario_push.text_fault), in Norwegian: expected what, and what it got. */
const EXPECTED: readonly (readonly [RegExp, string])[] = [
  [/^more than blanks$/, 'noe mer enn mellomrom'],
  [/^"\{" before each "\}"$/, '«{» foran hver «}»'],
  [/^a placeholder \((.*)\) between "\{" and "\}"$/, 'en plassholder ($1) mellom «{» og «}»'],
  [/^a placeholder of the scenario \((.*)\)$/, 'en av scenariets plassholdere ($1)'],
  [/^each branch of (\{.*\}) once$/, 'hver gren av $1 én gang'],
  [/^(\{.*\}) with branches =0, =1, one and other$/, '$1 med grenene =0, =1, one og other'],
  [/^a text of 1 to (\d+) characters$/, 'en tekst på 1 til $1 tegn'],
  [/^at most (\d+) bytes of JSON$/, 'høyst $1 byte i alt'],
  [/^(.*) within a plural$/, '$1 inne i et flertall'],
];

export function textFaultInNorwegian(fault: string): string {
  const said = /^expected (.*?)(?:, got (.*))?$/s.exec(fault);
  if (!said) return fault;
  const [, expected, got] = said as unknown as [string, string, string | undefined];
  const known = EXPECTED.find(([pattern]) => pattern.test(expected));
  const wanted = (known ? expected.replace(known[0], known[1]) : expected).replaceAll(' or ', ' eller ');
  return `Forventet ${wanted}${got === undefined ? '' : `, fikk ${got.replace(/ twice$/, ' to ganger').replace(/^nothing$/, 'ingenting')}`}`;
}
