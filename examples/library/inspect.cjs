// node inspect.cjs GOOD_FOLDER IMAGE...
const { createInspector } = require("@golden-sample/node-red-anomaly");

async function main([good, ...images]) {
  const inspector = await createInspector({ references: good });
  for (const image of images) {
    const { verdict, score, map } = await inspector.inspect(image);
    console.log(verdict, score.toFixed(4), `${map.rows} x ${map.cols}`, image);
  }
  await inspector.close();
}

main(process.argv.slice(2)).catch(({ message }) => {
  console.error(message);
  process.exitCode = 1;
});
