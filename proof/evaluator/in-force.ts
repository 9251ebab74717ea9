/** A row for one chapter, one organisation, or everybody (both ids null). */
export interface Scoped {
  readonly organization_id: string | null;
  readonly chapter_id: string | null;
}

/** The chapter's, else the organisation's, else everybody's. */
export function inForce<Row extends Scoped>(
  rows: readonly Row[],
  chapterId: string,
  organizationId: string | null,
): Row | null {
  let everybodys: Row | null = null;
  let organizations: Row | null = null;
  for (const row of rows) {
    if (row.chapter_id === chapterId) return row;
    if (row.chapter_id === null && row.organization_id === null) everybodys = row;
    if (row.organization_id !== null && row.organization_id === organizationId) organizations = row;
  }
  return organizations ?? everybodys;
}
