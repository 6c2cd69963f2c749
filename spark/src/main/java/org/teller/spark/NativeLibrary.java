package org.teller.spark;

import java.nio.file.Path;

/**
 * Loads libteller.so, once a process: the file that TELLER_LIBRARY names in the environment (the
 * driver hands it to its executors), or else what java.library.path leads to.
 */
final class NativeLibrary {
  /** Holds the path of libteller.so. */
  static final String VARIABLE = "TELLER_LIBRARY";

  private NativeLibrary() {}

  static {
    String path = System.getenv(VARIABLE);
    if (path == null || path.isEmpty()) {
      System.loadLibrary("teller");
    } else {
      System.load(Path.of(path).toAbsolutePath().toString());
    }
  }

  /** Called by the static part of every class with native methods. */
  static void load() {}
}
