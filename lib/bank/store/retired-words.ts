import type { AuditEntry } from "./audit";

/** One sentence about a bank that was renamed or deleted, by the last entry of its log; undefined of others. */
export function retiredWords(name: string, last: AuditEntry | undefined): string | undefined {
  if (last?.action === "rename" && last.note !== name)
    return `The bank "${name}" was renamed to "${last.note}" by ${last.by}: choose that name in the node's bank and deploy.`;
  if (last?.action === "delete-bank")
    return `The bank "${name}" was deleted by ${last.by}: send good parts with msg.action "add" and build it again, or choose another bank.`;
  return undefined;
}
