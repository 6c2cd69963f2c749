package org.teller.spark;

import java.nio.file.Path;

/** What the job must know of teller.toml and of the count file. Both are read by the C++ side. */
final class NativeConfig {
  private NativeConfig() {}

  static {
    NativeLibrary.load();
  }

  /** teller.toml, as far as the job needs it. {@code store} is what libpq connects with. */
  record Settings(
      Path countHome,
      Path segments,
      String brokers,
      Path ca,
      Path identities,
      String topic,
      String store) {}

  /** The count file, as far as the host of the count needs it. */
  record Count(String id, String mode, int partitions, long stepIntervalMs) {}

  /** Errors: reject config.unreadable, config.invalid. */
  static Settings settings(Path file) {
    Wire in = new Wire(read(Wire.utf8(file.toString())));
    return new Settings(
        Path.of(in.text16()),
        Path.of(in.text16()),
        in.text16(),
        Path.of(in.text16()),
        Path.of(in.text16()),
        in.text16(),
        in.text16());
  }

  /** Errors: reject count_file.invalid, policy.unsupported (one that the service cannot keep). */
  static Count count(byte[] countFile) {
    Wire in = new Wire(describeCount(countFile));
    return new Count(in.text16(), in.text16(), in.u16(), in.u64());
  }

  private static native byte[] read(byte[] file);

  private static native byte[] describeCount(byte[] countFile);
}
