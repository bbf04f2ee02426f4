/**
 * For `catch`: `absent` where a file or folder is not there. What is there and cannot be read just now (rights, a
 * network folder that has gone) stays an error: taken for nothing, what is there would be begun anew and written over.
 */
export const ifAbsent =
  <T>(absent: T) =>
  (thrown: NodeJS.ErrnoException): T => {
    if (thrown.code === "ENOENT") return absent;
    throw thrown;
  };
