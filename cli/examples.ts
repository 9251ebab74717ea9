/** The end of a command's help: what people type, each line without the name of the program. */
export function examples(...commands: readonly string[]): string {
  const title = commands.length === 1 ? 'Example' : 'Examples';
  return ['', `${title}:`, ...commands.map((command) => `  $ scenario-push ${command}`)].join('\n');
}
