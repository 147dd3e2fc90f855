/** The major versions of servers that this package knows how to make users on. */
export const versions = {
    database: ["14", "15", "16", "17", "18"],
    queue: ["3", "4"],
    cache: ["7", "8", "9"],
} as const;
