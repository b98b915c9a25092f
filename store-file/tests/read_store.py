"""Reads a store as FORMAT.md defines it, without the crate that wrote it, and checks all of it: python3 read_store.py FOLDER."""
import hashlib, json, os, sys

TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ 0x82F63B78 * (byte & 1)
    TABLE.append(byte)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 255]
    return b"%08x" % (crc ^ 0xFFFFFFFF)


def read_store(folder):
    """Yields (position, index, stream, sequence, event) of every event; an assertion fails where the log is not as it should be."""
    names = sorted(name for name in os.listdir(folder) if len(name) == 24 and name.endswith(".log"))
    store, position, standing, before = None, 0, {}, None
    for name in names:
        data = open(os.path.join(folder, name), "rb").read()
        magic, number, identity, first, checksum = data[:76].split(b" ")
        assert (magic, number, data[76:77], checksum) == (b"cutover-log", b"1", b"\n", crc32c(data[:68])), "header"
        assert identity == (store or identity) and int(first) == position + 1 == int(name[:20]), "segment"
        store, offset, batch, before = identity, 77, None, before or data[:77]
        while data[offset:offset + 1] not in (b"", b"\0"):
            length = int(data[offset:offset + 8], 16)
            text = data[offset + 18:offset + 18 + length]
            assert data[offset + 8:offset + 18:9] + data[offset + 18 + length:offset + 19 + length] == b"  \n", "frame"
            assert data[offset + 9:offset + 17] == crc32c(data[offset:offset + 8] + text), "checksum"
            commit = json.loads(text)
            assert commit["batch"] in (offset, batch), "batch"
            if "end" in commit:
                assert commit == {"end": position, "batch": offset} and name == names[-1], "mark of a clean close"
                offset += 19 + length
                break
            assert commit.get("before") in (None, hashlib.sha256(before).hexdigest()), "digest of the frame before"
            position, batch = position + 1, commit["batch"]
            assert commit["position"] == position, "position"
            sequences = []
            for row in commit["streams"]:
                last, place = standing.get(row["stream"], (0, None))
                assert (row["first"], row["previous"]) == (last + 1, place), "sequence, or place of the stream's frame before"
                sequences.append(last)
            for index, event in enumerate(commit["events"]):
                sequences[event["stream"]] += 1
                yield position, index, commit["streams"][event["stream"]]["stream"], sequences[event["stream"]], event
            for row, sequence in zip(commit["streams"], sequences):
                assert sequence >= row["first"], "a stream without events"
                standing[row["stream"]] = (sequence, [int(first), offset])
            before, offset = data[offset:offset + 19 + length], offset + 19 + length
        assert not data[offset:].strip(b"\0"), "something after the last frame"


if __name__ == "__main__":
    for position, index, stream, sequence, event in read_store(sys.argv[1]):
        print(position, index, json.dumps(stream), sequence, event["name"], json.dumps(event["payload"], separators=(",", ":")))
