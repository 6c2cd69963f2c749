package org.teller.spark;

import java.io.Serializable;

/**
 * What the store has committed of one partition. {@code recorded}: entries looked at so far;
 * {@code haltedBecause}: empty when it is not halted.
 */
record PartitionAt(
    int partition,
    long number,
    long position,
    long logSize,
    byte[] root,
    long recorded,
    boolean halted,
    String haltedBecause)
    implements Serializable {}
