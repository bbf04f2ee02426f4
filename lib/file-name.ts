/**
 * A name that becomes a folder's or a file's on any system: letters, digits, dots, dashes and underscores, at most 64,
 * no dot at the end (Windows drops it), and none of the names that Windows keeps for devices.
 */
export const FILE_NAME = /^(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9_-])?$/i;
