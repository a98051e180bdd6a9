// The lines of a text report: a label, then what it says, one under the other.
export const labelWidth = 14

export const line = (label: string, text: string): string => `  ${label.padEnd(labelWidth)} ${text}`.trimEnd()
