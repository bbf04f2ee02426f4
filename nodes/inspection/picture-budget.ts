import { bytesOf, type Part } from "./part";

/** Pictures of all followed nodes together: where there are too many bytes, the oldest are let go. */
export class PictureBudget {
  private readonly held = new Set<Part>();
  private bytes = 0;

  constructor(private readonly limit: number) {}

  keep(part: Part): void {
    if (!part.image) return;
    this.held.add(part);
    this.bytes += bytesOf(part.image);
    for (const oldest of this.held) {
      if (this.bytes <= this.limit) break;
      this.letGo(oldest);
    }
  }

  letGo(part: Part): void {
    if (!this.held.delete(part)) return;
    this.bytes -= bytesOf(part.image);
    part.image = undefined;
  }
}
