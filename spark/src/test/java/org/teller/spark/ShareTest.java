package org.teller.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ShareTest {
  private static Share share(int partition, long from, long to) {
    return new Share(new PartitionAt(partition, 0, from, 0, new byte[32], 0, false, ""), from, to);
  }

  private static List<Long> ends(List<Share> shares) {
    return shares.stream().map(Share::to).toList();
  }

  @Test
  void allIsTakenThatOneRoundMayTake() {
    List<Share> all = List.of(share(0, 5, 65), share(1, 0, 40));
    assertEquals(all, Share.limited(all, 100));
  }

  @Test
  void aPartitionThatHasNothingNewHasNoTask() {
    assertEquals(List.of(7L), ends(Share.limited(List.of(share(0, 5, 5), share(1, 0, 7)), 100)));
    // Behind the end it can be only as long as another job commits meanwhile.
    assertEquals(List.of(), Share.limited(List.of(share(0, 5, 4)), 100));
  }

  @Test
  void ofABacklogEachPartitionGivesItsPart() {
    List<Share> all = List.of(share(0, 1000, 1300), share(1, 0, 100));
    assertEquals(List.of(1075L, 25L), ends(Share.limited(all, 100)));
  }

  // Or a partition with few records would wait for as long as another one has many.
  @Test
  void noPartitionWithARecordIsPassedOver() {
    List<Share> all = List.of(share(0, 0, 1_000_000), share(1, 4, 5));
    assertEquals(List.of(9L, 5L), ends(Share.limited(all, 10)));
  }
}
