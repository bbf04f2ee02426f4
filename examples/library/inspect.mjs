// node inspect.mjs GOOD_FOLDER IMAGE...
import { createInspector } from "@golden-sample/node-red-anomaly";

const [good, ...images] = process.argv.slice(2);
const inspector = await createInspector({ references: good });
for (const image of images) {
  const { verdict, score, map } = await inspector.inspect(image);
  console.log(verdict, score.toFixed(4), `${map.rows} x ${map.cols}`, image);
}
await inspector.close();
