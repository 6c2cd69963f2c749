package org.teller.spark;

import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathFilter;
import org.apache.spark.sql.execution.streaming.checkpointing.CheckpointFileManager;

/**
 * Keeps Spark's checkpoint of a query in the driver's memory. It is never read by another query
 * (each begins from the store), so writing it to a disk, twice a micro-batch and each time with a
 * forked chmod, would only cost time.
 *
 * <p>Made by Spark, by name (spark.sql.streaming.checkpointFileManagerClass), one for each folder
 * that it looks at; what they keep is shared and forgotten with {@link #forget}.
 */
public final class MemoryCheckpoint implements CheckpointFileManager {
  // By full path. A folder is there when it was made or when something lies below it.
  private static final ConcurrentSkipListMap<String, byte[]> FILES = new ConcurrentSkipListMap<>();
  private static final byte[] FOLDER = {};

  private final Path root;

  public MemoryCheckpoint(Path root, Configuration unused) {
    this.root = root;
  }

  /** Drops everything at and below {@code folder}. */
  static void forget(String folder) {
    FILES.remove(folder);
    below(folder).clear();
  }

  static int size() {
    return FILES.size();
  }

  private static String key(Path path) {
    return path.toUri().getPath();
  }

  private static SortedMap<String, byte[]> below(String folder) {
    return FILES.subMap(folder + "/", folder + "0"); // '0' comes right after '/'.
  }

  @Override
  public CancellableFSDataOutputStream createAtomic(Path path, boolean overwriteIfPossible) {
    return new Output(key(path), new ByteArrayOutputStream(), overwriteIfPossible);
  }

  @Override
  public FSDataInputStream open(Path path) {
    byte[] bytes = FILES.get(key(path));
    if (bytes == null) throw sneaky(new FileNotFoundException(path.toString()));
    return new FSDataInputStream(new Input(bytes));
  }

  @Override
  public FileStatus[] list(Path path, PathFilter filter) {
    String folder = key(path);
    List<FileStatus> found = new ArrayList<>();
    below(folder)
        .forEach(
            (name, bytes) -> {
              String rest = name.substring(folder.length() + 1);
              if (rest.contains("/")) return;
              Path file = new Path(path, rest);
              if (!filter.accept(file)) return;
              found.add(new FileStatus(bytes.length, bytes == FOLDER, 1, 1, 0, file));
            });
    if (found.isEmpty() && !exists(path)) throw sneaky(new FileNotFoundException(path.toString()));
    return found.toArray(new FileStatus[0]);
  }

  @Override
  public void mkdirs(Path path) {
    FILES.putIfAbsent(key(path), FOLDER);
  }

  @Override
  public boolean exists(Path path) {
    return FILES.containsKey(key(path)) || !below(key(path)).isEmpty();
  }

  @Override
  public void delete(Path path) {
    forget(key(path));
  }

  /** Local files need not be visible to the executors; these are not visible to anybody. */
  @Override
  public boolean isLocal() {
    return true;
  }

  @Override
  public Path createCheckpointDirectory() {
    mkdirs(root);
    return root;
  }

  // Scala knows no checked exceptions, and its callers expect these.
  @SuppressWarnings("unchecked")
  private static <E extends Exception> RuntimeException sneaky(Exception e) throws E {
    throw (E) e;
  }

  /** There with all its bytes when it is closed, or not at all when it is cancelled. */
  private static final class Output extends CancellableFSDataOutputStream {
    private final String name;
    private final ByteArrayOutputStream bytes;
    private final boolean overwrite;
    private boolean over;

    Output(String name, ByteArrayOutputStream bytes, boolean overwrite) {
      super(bytes);
      this.name = name;
      this.bytes = bytes;
      this.overwrite = overwrite;
    }

    @Override
    public void cancel() {
      over = true;
    }

    @Override
    public void close() throws IOException {
      if (over) return;
      over = true;
      flush();
      byte[] written = bytes.toByteArray();
      if (overwrite) {
        FILES.put(name, written);
      } else if (FILES.putIfAbsent(name, written) != null) {
        throw new FileAlreadyExistsException(name);
      }
    }
  }

  private static final class Input extends FSInputStream {
    private final byte[] bytes;
    private int at;

    Input(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public void seek(long position) {
      at = Math.toIntExact(position);
    }

    @Override
    public long getPos() {
      return at;
    }

    @Override
    public boolean seekToNewSource(long position) {
      return false;
    }

    @Override
    public int read() {
      return at < bytes.length ? Byte.toUnsignedInt(bytes[at++]) : -1;
    }
  }
}
