import { readSync } from "node:fs";

const WINDOW = 1 << 16;

/** Protobuf fields of an open file, read through a small window. */
export class ProtobufFile {
  private window = Buffer.alloc(0);
  private offset = 0;

  constructor(private readonly file: number) {}

  /** @throws {RangeError} where there is no valid field within `end` */
  field(at: number, end: number): { number: number; delimited: boolean; start: number; end: number } {
    const tag = this.varint(at);
    const [number, type] = [Math.floor(tag.value / 8), tag.value % 8];
    let start = tag.end;
    let stop: number;
    if (type === 0) stop = this.varint(start).end;
    else if (type === 1) stop = start + 8;
    else if (type === 5) stop = start + 4;
    else if (type === 2) {
      const length = this.varint(start);
      start = length.end;
      stop = start + length.value;
    } else throw new RangeError("no protobuf");
    if (stop > end) throw new RangeError("no protobuf");
    return { number, delimited: type === 2, start, end: stop };
  }

  text(start: number, end: number): string {
    if (end - start > 4096) throw new RangeError("no name is that long");
    return this.bytes(start, end).toString("utf8");
  }

  bytes(start: number, end: number): Buffer {
    const out = Buffer.alloc(end - start);
    if (readSync(this.file, out, 0, out.length, start) < out.length) throw new RangeError("the file ends early");
    return out;
  }

  varint(at: number): { value: number; end: number } {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.byte(at + i);
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return { value, end: at + i + 1 };
    }
    throw new RangeError("no protobuf");
  }

  private byte(at: number): number {
    if (at < this.offset || at >= this.offset + this.window.length) {
      const window = Buffer.alloc(WINDOW);
      this.window = window.subarray(0, readSync(this.file, window, 0, WINDOW, at));
      this.offset = at;
      if (this.window.length === 0) throw new RangeError("the file ends early");
    }
    return this.window[at - this.offset]!;
  }
}
