/**
 * Loaded into Node-RED before anything else (node --require): where the process that started it is gone, even by a kill
 * that leaves no time to clean up, Node-RED stops too.
 */
process.once("disconnect", () => {
  process.emit("SIGTERM");
  setTimeout(() => process.exit(1), 8000).unref();
});
