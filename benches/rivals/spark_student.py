"""The job that projects of students publish for counting votes, as it is: a watermark, groupBy and count, in Spark's own settings. It reads our
records (its own are JSON of twenty fields) and leaves its totals in PostgreSQL, where theirs go to a topic."""

from rivals.spark import drained, missing, version

__all__ = ["KNOWN_WRONG", "missing", "service_drain", "version"]

KNOWN_WRONG = "it looks at no id, so it counts each ballot as often as it comes"
VOTES = "select coalesce(sum(votes), 0)::bigint from totals"


def service_drain(ballots, folder, clock):
    """Decodes every record; two queries, one by option and one by place, each with a watermark of a minute, a checkpoint and 200 partitions of
    state in memory. It looks at no id and checks nothing."""

    def is_settled(store):
        return store.execute(VOTES).fetchone()[0] == ballots.sent()

    return drained(ballots, folder, clock, "spark_student.py", {"spark.log.level": "WARN"}, VOTES, is_settled)
