import type { ShownPart, ShownShift, Word } from "../lib/shown";
import { Newest } from "./newest";
import { type Addresses, fetchPictures, letGo, thumbnailOf } from "./pictures";
import { reactive } from "./vue";

/** Between two pictures, so that a picture of two megabytes leaves the network room for others. */
const PAUSE = 150;
const THUMBNAIL_PAUSE = 1000;

/** What one dashboard page knows of a line. */
export interface Seen {
  shift: ShownShift | undefined;
  /** When it last heard of a part, as `now` in lib/age.ts counts. */
  heard: number;
  isConnected: boolean;
  /** A reject that is looked at; nothing: the newest part. */
  chosen: number | undefined;
  /** The part whose pictures are shown. */
  shown: ShownPart | undefined;
  addresses: Addresses;
  thumbnails: Record<number, string>;
  said: { number: number; word: Word } | undefined;
}

/** Follows a shift and keeps its newest pictures. */
export class Watch {
  readonly seen: Seen = reactive<Seen>({
    ...{ shift: undefined, heard: 0, isConnected: true, chosen: undefined, shown: undefined, said: undefined },
    ...{ addresses: {}, thumbnails: {} },
  });
  private readonly large = new Newest<ShownPart>((part) => this.load(part), PAUSE);
  private readonly small = new Newest<ShownPart>((part) => this.loadThumbnail(part), THUMBNAIL_PAUSE);
  /** Rejects whose small picture did not come, since the line was last heard of. */
  private readonly tried = new Set<number>();

  hear(shift: ShownShift, heard: number): void {
    const { seen } = this;
    this.tried.clear();
    if (shift.last?.number !== seen.shift?.last?.number || shift.failed !== seen.shift?.failed) seen.heard = heard;
    seen.shift = shift;
    for (const number of Object.keys(seen.thumbnails))
      if (!shift.rejects.some((reject) => reject.number === Number(number))) delete seen.thumbnails[Number(number)];
    if (seen.chosen !== undefined && !this.part(seen.chosen)) seen.chosen = undefined;
    this.look();
  }

  /** @param number a reject; nothing: the newest part */
  choose(number: number | undefined): void {
    this.seen.chosen = number;
    this.look();
  }

  /** The part that buttons are about: the one whose picture is seen, where it has one. */
  get target(): ShownPart | undefined {
    const { shown } = this.seen;
    return this.part(shown?.number) ?? shown;
  }

  stop(): void {
    this.large.stop();
    this.small.stop();
    letGo(this.seen.addresses);
  }

  private part(number: number | undefined): ShownPart | undefined {
    const { last, rejects = [] } = this.seen.shift ?? {};
    return last?.number === number ? last : rejects.find((reject) => reject.number === number);
  }

  private look(): void {
    const { chosen, shown, shift, thumbnails } = this.seen;
    const wanted = chosen === undefined ? shift?.last : this.part(chosen);
    if (wanted && wanted.number !== shown?.number && wanted.kinds.length > 0) this.large.want(wanted);
    const isMissing = ({ number, kinds }: ShownPart) =>
      kinds.length > 0 && !(number in thumbnails) && !this.tried.has(number);
    const missing = shift?.rejects.filter(isMissing).at(-1);
    if (missing) this.small.want(missing);
  }

  private async load(part: ShownPart): Promise<void> {
    if (part.number === this.seen.shown?.number) return;
    const addresses = await fetchPictures(this.seen.shift!.pictures, part);
    const before = this.seen.addresses;
    this.seen.addresses = addresses;
    this.seen.shown = part;
    letGo(before);
    if (part.verdict !== "ok") this.seen.thumbnails[part.number] ??= await thumbnailOf(addresses);
  }

  private async loadThumbnail(part: ShownPart): Promise<void> {
    const { thumbnails, shift } = this.seen;
    if (part.number in thumbnails) return;
    this.tried.add(part.number);
    try {
      const addresses = await fetchPictures(shift!.pictures, { ...part, kinds: part.kinds.slice(-1) });
      thumbnails[part.number] ??= await thumbnailOf(addresses);
      letGo(addresses);
    } finally {
      // The one before it is fetched, too, where no more parts come.
      this.look();
    }
  }
}
