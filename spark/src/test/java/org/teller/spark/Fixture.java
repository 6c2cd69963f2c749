package org.teller.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A count, records, and the changes that the core makes of them: what spark_fixture wrote. */
final class Fixture {
  private static final Path FOLDER = make();

  static final byte[] RULES = bytes("rules.json");
  static final byte[] COUNT = bytes("count.json");
  static final String SEGMENTS = FOLDER.resolve("segments").toString();

  static final Definition DEFINITION =
      new Definition(RULES, COUNT, SEGMENTS, "entries", java.util.Map.of());

  /** The partition before anything, and after the step of the records 0 and 1. */
  static final PartitionAt NEW = new PartitionAt(0, 0, 0, 0, emptyRoot(), 0, false, "");

  static final PartitionAt AFTER_1 =
      new PartitionAt(
          0, 1, 2, Long.parseLong(text("log-size-1.txt")), bytes("root-1.bin"), 4, false, "");

  private Fixture() {}

  static byte[] record(int offset) {
    return bytes("record-" + offset + ".bin");
  }

  static byte[] bytes(String name) {
    try {
      return Files.readAllBytes(FOLDER.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(String name) {
    return new String(bytes(name), java.nio.charset.StandardCharsets.UTF_8);
  }

  private static byte[] emptyRoot() {
    try {
      return java.security.MessageDigest.getInstance("SHA-256").digest();
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path make() {
    try {
      Path folder = Files.createTempDirectory("teller-fixture-");
      Process writer =
          new ProcessBuilder(System.getenv("TELLER_SPARK_FIXTURE"), folder.toString())
              .inheritIO()
              .start();
      if (writer.waitFor() != 0) throw new IllegalStateException("spark_fixture failed");
      Files.createDirectories(folder.resolve("segments"));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
