// The counterpart of cnnlab/ui/shared/binary.py: JSON with arrays in it, as bytes.

const ARRAYS = { uint8: Uint8Array, int8: Int8Array, float32: Float32Array };

// Takes an ArrayBuffer or a Uint8Array; arrays become typed arrays with a `shape`.
export function unpack(packed) {
  const buffer = packed instanceof ArrayBuffer ? packed : packed.slice().buffer;
  const length = new DataView(buffer).getUint32(0, true);
  const header = new TextDecoder().decode(new Uint8Array(buffer, 4, length));
  return JSON.parse(header, (_each, value) => {
    if (!value?.$) return value;
    const count = value.shape.reduce((product, side) => product * side, 1);
    const array = new ARRAYS[value.$](buffer, 4 + length + value.at, count);
    array.shape = value.shape;
    return array;
  });
}
