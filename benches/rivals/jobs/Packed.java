import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The ballots in a record of the topic `entries`, read from schema/entry.md: of one contest with
 * one vote, as benches/ballots.py makes them. Nothing is checked.
 */
final class Packed {
  private static final short UNDERVOTES = 100, OVERVOTES = 101, BLANK = 102; // As in ballots.py.

  interface Each {
    void ballot(byte[] id, int unit, short method, short slot);
  }

  private Packed() {}

  static void read(byte[] record, Each each) {
    ByteBuffer in = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
    int end = record.length - 4; // The CRC.
    for (int at = 27; at < end; ) {
      at += 1 + Byte.toUnsignedInt(in.get(at)); // The sender,
      at += 1 + Byte.toUnsignedInt(in.get(at)); // the scanner's batch,
      int entries = in.getInt(at + 4); // and behind the inbox's partition:
      at += 8;
      for (int n = 0; n < entries; ++n) {
        int length = Short.toUnsignedInt(in.getShort(at + 8));
        ballot(in, at + 10, each);
        at += 10 + length;
      }
    }
  }

  private static void ballot(ByteBuffer in, int at, Each each) {
    byte[] id = new byte[16];
    in.get(at + 10, id);
    short slot;
    if (in.get(at + 37) == 2) {
      slot = BLANK;
    } else {
      byte marks = in.get(at + 38);
      slot = marks == 1 ? in.getShort(at + 39) : marks == 0 ? UNDERVOTES : OVERVOTES;
    }
    each.ballot(id, in.getInt(at + 26), in.get(at + 33), slot);
  }
}
