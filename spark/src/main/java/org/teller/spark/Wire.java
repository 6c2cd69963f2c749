package org.teller.spark;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads the little-endian answers of the native side, in the order in which they were written. */
final class Wire {
  private final ByteBuffer in;

  Wire(byte[] bytes) {
    in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  boolean flag() {
    return in.get() != 0;
  }

  int u16() {
    return Short.toUnsignedInt(in.getShort());
  }

  int u32() {
    return Math.toIntExact(Integer.toUnsignedLong(in.getInt()));
  }

  long u64() {
    return in.getLong();
  }

  byte[] raw(int size) {
    byte[] bytes = new byte[size];
    in.get(bytes);
    return bytes;
  }

  String text16() {
    return new String(raw(u16()), StandardCharsets.UTF_8);
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
