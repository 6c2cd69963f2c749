package org.teller.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.teller.spark.NativeStore.MissingStep;

class RebuildTest {
  private static MissingStep step(long from, long to) {
    return new MissingStep(new PartitionAt(0, from, from, 0, new byte[32], 0, false, ""), to);
  }

  @Test
  void stepsThatFollowEachOtherAreReadAtOnce() {
    List<MissingStep> steps = List.of(step(3, 5), step(5, 6), step(9, 10), step(10, 20));
    assertEquals(List.of(steps.subList(0, 2), steps.subList(2, 4)), Rebuild.runs(steps));
    assertEquals(List.of(), Rebuild.runs(List.of()));
  }
}
