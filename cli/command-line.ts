/** As it can be given again; a token never stands in it, it comes by the environment. */
export const commandLine = () =>
  ["golden-sample", ...process.argv.slice(2)]
    .map((word) => (/[^\w,.=/:\\-]/.test(word) ? JSON.stringify(word) : word))
    .join(" ");
