package org.teller.spark;

import java.io.Serializable;

/** What every executor must have before its first step. Broadcast once a query. */
record Ground(byte[] rules, byte[] countFile, String segments) implements Serializable {}
