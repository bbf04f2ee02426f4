/** As it can be given again; a token never stands in it, it comes by the environment. */
export const commandLine = (words: readonly string[]) =>
  ["golden-sample", ...words].map((word) => (/[^\w,.=/:\\-]/.test(word) ? JSON.stringify(word) : word)).join(" ");
