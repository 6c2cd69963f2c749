package org.teller.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileNotFoundException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemoryCheckpointTest {
  private static final Path ROOT = new Path("file:/teller-count/test");
  private final MemoryCheckpoint files = new MemoryCheckpoint(ROOT, null);

  @AfterEach
  void nothingIsLeftWhenItIsForgotten() {
    MemoryCheckpoint.forget("/teller-count/test");
    assertEquals(0, MemoryCheckpoint.size());
  }

  private void write(String name, String text, boolean overwrite) throws Exception {
    try (var out = files.createAtomic(new Path(ROOT, name), overwrite)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  private String read(String name) throws Exception {
    try (var in = files.open(new Path(ROOT, name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void aFileIsThereWhenItIsClosedAndNotBefore() throws Exception {
    Path path = new Path(ROOT, "offsets/0");
    var out = files.createAtomic(path, false);
    out.write(7);
    assertFalse(files.exists(path));
    out.close();
    assertTrue(files.exists(path));
    assertTrue(files.exists(ROOT));

    var cancelled = files.createAtomic(new Path(ROOT, "offsets/1"), false);
    cancelled.write(7);
    cancelled.cancel();
    cancelled.close();
    assertFalse(files.exists(new Path(ROOT, "offsets/1")));
  }

  @Test
  void aFileIsReplacedOnlyWhenThatIsMeant() throws Exception {
    write("metadata", "one", false);
    assertThrows(FileAlreadyExistsException.class, () -> write("metadata", "two", false));
    assertEquals("one", read("metadata"));
    write("metadata", "three", true);
    assertEquals("three", read("metadata"));
  }

  @Test
  void aFolderListsWhatStandsInItAndNotBelow() throws Exception {
    files.mkdirs(new Path(ROOT, "commits"));
    write("offsets/0", "", false);
    write("offsets/1", "", false);
    write("offsets/deep/2", "", false);
    String[] names =
        Arrays.stream(files.list(new Path(ROOT, "offsets"), path -> true))
            .map(status -> status.getPath().getName())
            .toArray(String[]::new);
    assertArrayEquals(new String[] {"0", "1"}, names);
    assertEquals(0, files.list(new Path(ROOT, "commits"), path -> true).length);
    assertThrows(FileNotFoundException.class, () -> files.list(new Path("/none"), path -> true));
  }
}
