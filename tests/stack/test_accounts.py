"""Who may do what: tables of account, deed and answer, at each server. A right that is missing shows as much as one too many."""

import contextlib
import uuid

import confluent_kafka
import confluent_kafka.admin
import psycopg
import pytest
import requests

from running_stack import CA, SECRETS, kafka_port, port, postgres, secret, stack

# ----------------------------------------------------------------------------------------------- PostgreSQL


ROLES = ["teller_owner", "teller_writer", "teller_publisher", "teller_deliverer", "teller_reader", "teller_auditor", "teller_registrar"]


@pytest.mark.parametrize("role", ROLES)
def test_postgres_lets_each_role_into_the_count(role):
    with postgres(role, "teller") as session:
        assert session.execute("SELECT current_schema()").fetchone() in [("teller",), (None,)]  # None: no right on it yet


def own_database(role):
    return "superset" if role == "superset" else "teller"


# PostgreSQL lets every role change its own password, and no grant takes that away: so no password may open anything.
@pytest.mark.parametrize("role", [*ROLES, "superset"])
def test_a_password_that_an_account_of_postgres_gives_itself_changes_nothing(role):
    with postgres(role, own_database(role), options="-c default_transaction_read_only=off") as session:
        session.execute(f"ALTER ROLE {role} PASSWORD 'mine'")
    try:
        with pytest.raises(psycopg.OperationalError, match="requires a valid client certificate"):
            postgres(role, own_database(role), password="mine", sslcert="", sslkey="")
        other = {"sslcert": str(SECRETS / "station.crt"), "sslkey": str(SECRETS / "station.key")}
        with pytest.raises(psycopg.OperationalError, match="certificate authentication failed"):
            postgres(role, own_database(role), password="mine", **other)
        with postgres(role, own_database(role)) as session:
            assert session.execute("SELECT current_user").fetchone() == (role,)
    finally:
        stack("postgres.sh", "sql", "-d", "postgres", "-c", f"ALTER ROLE {role} PASSWORD NULL")


@pytest.mark.parametrize(
    ("role", "database"),
    [
        ("postgres", "postgres"),
        ("postgres", "teller"),
        ("nobody", "teller"),
        ("superset", "teller"),
    ],
)
def test_postgres_refuses_who_has_no_business_there(role, database):
    given = {} if role == "superset" else {"password": "postgres", "sslcert": str(SECRETS / "admin.crt"), "sslkey": str(SECRETS / "admin.key")}
    with pytest.raises(psycopg.OperationalError, match="no pg_hba.conf entry"):
        postgres(role, database, **given)


@pytest.mark.parametrize(
    ("role", "deed"),
    [
        *[(role, "CREATE TABLE teller.mine (i int)") for role in ROLES[1:]],
        *[(role, "CREATE TABLE public.mine (i int)") for role in ROLES[1:]],
        *[(role, "CREATE SCHEMA mine") for role in ROLES[1:]],
        *[(role, "SET ROLE postgres") for role in ROLES],
        *[(role, "SET ROLE teller_owner") for role in ROLES[1:]],
        *[(role, "SELECT pg_read_file('postgresql.conf')") for role in ROLES],
        *[(role, "COPY (SELECT 1) TO PROGRAM 'true'") for role in ROLES],
        *[(role, "CREATE ROLE other") for role in ROLES],
        *[(role, "SELECT rolpassword FROM pg_authid") for role in ROLES],
    ],
)
def test_postgres_refuses_a_deed_beyond_the_role(role, deed):
    with postgres(role, "teller") as session, pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)):
        session.execute(deed)


# Who signs holds views and tables against those that it makes beside them (docs/decisions/0038). Who counts is given it by `teller init`.
@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("teller_owner", True),
        ("teller_publisher", True),
        ("teller_deliverer", False),
        ("teller_reader", False),
        ("teller_auditor", False),
        ("teller_registrar", False),
    ],
)
def test_postgres_lets_who_signs_make_temporary_tables_and_no_reader(role, may):
    with postgres(role, "teller", options="-c default_transaction_read_only=off") as session:
        with contextlib.nullcontext() if may else pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("CREATE TEMPORARY TABLE mine (i int)")


# What a query alone can do: whoever may fill in a column, a filter or a sort (an observer of Superset) can write these.
@pytest.mark.parametrize(
    "query",
    [
        "SELECT query_to_xml('select 1', true, false, '')",
        "SELECT query_to_xmlschema('select 1', true, false, '')",
        "SELECT table_to_xml('pg_catalog.pg_class'::regclass, true, false, '')",
        "SELECT schema_to_xml('teller', true, false, '')",
        "SELECT database_to_xml(true, false, '')",
        "SELECT * FROM ts_stat('select to_tsvector(''a'')')",
        "SELECT ts_rewrite('a'::tsquery, 'select ''a''::tsquery, ''b''::tsquery')",
        "SELECT pg_sleep(0)",
        "SELECT pg_sleep_for('0 s')",
        "SELECT pg_sleep_until(now())",
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_advisory_xact_lock_shared(1)",
        "SELECT pg_try_advisory_lock(7093842)",
        "SELECT pg_terminate_backend(pg_backend_pid())",
        "SELECT pg_cancel_backend(pg_backend_pid())",
        "SELECT set_config('statement_timeout', '0', false)",
        "SELECT pg_notify('teller', 'x')",
        "SELECT pg_logical_emit_message(false, 'x', 'x')",
        "SELECT lo_creat(-1)",
        "SELECT lo_from_bytea(0, 'x')",
        "SELECT lo_get(1)",
        "DO 'begin perform 1; end'",
        "SELECT lo_import('/etc/passwd')",
        "SELECT pg_ls_dir('.')",
        # How many were checked in by now (stack/postgres_voters.sql).
        "SELECT n_tup_ins FROM pg_stat_all_tables",
        "SELECT pg_relation_size('pg_class')",
        "SELECT * FROM pg_locks",
    ],
)
def test_postgres_gives_the_reader_no_function_that_runs_sql_waits_or_keeps_something(query):
    # Writable, so that it is the right that refuses and not the transaction.
    with postgres("teller_reader", "teller", options="-c default_transaction_read_only=off") as session:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute(query)


@pytest.mark.parametrize("deed", ["SELECT lo_creat(-1)", "SELECT lo_create(0)", "SELECT lo_from_bytea(0, 'x')", "SELECT lo_import('/etc/passwd')"])
@pytest.mark.parametrize("role", [*ROLES, "superset"])
def test_postgres_lets_no_role_make_a_large_object(role, deed):
    writable = "-c default_transaction_read_only=off"
    with postgres(role, own_database(role), options=writable) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute(deed)


def test_postgres_lets_a_query_of_the_reader_take_five_seconds():
    with postgres("teller_reader", "teller") as session:
        with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
            session.execute("SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b")
        assert session.execute("SHOW statement_timeout").fetchone() == ("5s",)
        assert session.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("1min",)


def test_postgres_takes_back_what_an_account_set_for_itself():
    """Every role may change its own settings; those of a database come before the others, so both are taken back."""
    with postgres("teller_reader", "teller", options="-c default_transaction_read_only=off") as session:
        session.execute("ALTER ROLE teller_reader SET statement_timeout = 0")
        session.execute("ALTER ROLE teller_reader IN DATABASE teller SET statement_timeout = 0")
        session.execute("ALTER ROLE teller_reader IN DATABASE teller SET search_path = public")
    with postgres("teller_reader", "teller") as session:
        assert session.execute("SHOW statement_timeout").fetchone() == ("0",), "it may: nothing takes that away"
    stack("stack.sh", "start-one", "postgres")
    with postgres("teller_reader", "teller") as session:
        assert session.execute("SHOW statement_timeout").fetchone() == ("5s",)
        assert session.execute("SHOW search_path").fetchone() == ("teller",)


def test_postgres_has_room_for_all_accounts_together():
    limits = stack("postgres.sh", "sql", "-d", "postgres", "-Atc", "SELECT rolconnlimit FROM pg_roles WHERE rolcanlogin AND NOT rolsuper")
    room = stack("postgres.sh", "sql", "-d", "postgres", "-Atc", "SHOW max_connections")
    each = [int(limit) for limit in limits.split()]
    assert min(each) > 0 and sum(each) <= int(room) - 3  # superuser_reserved_connections


@pytest.mark.parametrize("role", ROLES)
def test_postgres_lets_no_role_of_the_count_into_supersets_database(role):
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        postgres(role, "superset")


# ----------------------------------------------------------------------------------------------- Elasticsearch

SEARCH = f"https://localhost:{port('ELASTICSEARCH_PORT')}"
INDEX, AUDIT = "teller-test-stack", "audit-test-stack"


def https(method, url, **other):
    session = requests.Session()
    session.trust_env = False  # The environment's own certificates would win over ours.
    return session.request(method, url, verify=CA, timeout=60, **other)


def elasticsearch(user, method, path, body=None):
    account = (user, secret(f"elastic.{user}")) if user else None
    return https(method, SEARCH + path, auth=account, json=body).status_code


@pytest.mark.parametrize(
    "account",
    [
        None,
        ("publisher", "wrong"),
        ("board", "wrong"),
        ("elastic", "changeme"),
        ("elastic", ""),
        ("admin", "admin"),
    ],
)
def test_elasticsearch_refuses_a_stranger(account):
    assert https("GET", f"{SEARCH}/_cluster/health", auth=account).status_code == 401


@pytest.mark.parametrize(
    ("user", "method", "path", "body", "status"),
    [
        ("publisher", "PUT", f"/{INDEX}", {}, {200, 400}),  # 400: it is there from the last time
        ("publisher", "PUT", f"/{INDEX}/_doc/1?refresh=true", {"n": 1}, {200, 201}),
        ("publisher", "GET", f"/{INDEX}/_doc/1", None, {200}),
        ("board", "POST", f"/{INDEX}/_search", {}, {200}),
        ("auditor", "POST", f"/{INDEX}/_search", {}, {200}),
        ("publisher", "PUT", f"/{AUDIT}", {}, {200, 400}),
        ("auditor", "POST", f"/{AUDIT}/_search", {}, {200}),
        ("board", "POST", f"/{AUDIT}/_search", {}, {403}),
        ("auditor", "PUT", f"/{AUDIT}/_doc/1", {"n": 1}, {403}),
        ("auditor", "DELETE", f"/{AUDIT}", None, {403}),
        ("auditor", "DELETE", f"/{INDEX}", None, {403}),
        ("publisher", "PUT", "/teller-test-never-made/_doc/1", {"n": 1}, {403, 404}),
        ("publisher", "GET", "/teller-test-never-made", None, {404}),
        ("publisher", "DELETE", "/other", None, {403}),
        ("publisher", "PUT", "/other/_doc/1", {"n": 1}, {403}),
        ("publisher", "POST", "/_security/user/other", {"password": "otherother", "roles": ["superuser"]}, {403, 405}),
        ("board", "PUT", f"/{INDEX}/_doc/2", {"n": 1}, {403}),
        ("board", "DELETE", f"/{INDEX}/_doc/1", None, {403}),
        ("board", "DELETE", f"/{INDEX}", None, {403}),
        ("board", "PUT", "/teller-other", {}, {403}),
        ("board", "POST", "/other/_search", {}, {403}),
        ("publisher", "DELETE", f"/{INDEX}", None, {200}),  # What is not as it made it, it makes anew.
        ("publisher", "DELETE", f"/{AUDIT}", None, {200}),
        ("board", "PUT", "/_cluster/settings", {"transient": {"cluster.max_shards_per_node": 900}}, {403}),
    ],
)
def test_elasticsearch_gives_an_account_its_job_and_no_more(user, method, path, body, status):
    assert elasticsearch(user, method, path, body) in status


# ----------------------------------------------------------------------------------------------- Kafka

PREFIX = "test-stack-"
ALLOWED, NO_TOPIC, NO_GROUP, NO_TRANSACTION, NO_LOGIN = "allowed", "topic", "group", "transaction", "login"
REFUSED = {
    confluent_kafka.KafkaError.TOPIC_AUTHORIZATION_FAILED: NO_TOPIC,
    confluent_kafka.KafkaError.GROUP_AUTHORIZATION_FAILED: NO_GROUP,
    confluent_kafka.KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED: NO_TRANSACTION,
    confluent_kafka.KafkaError._AUTHENTICATION: NO_LOGIN,
}


def word(error):
    """A KafkaError in the words of the table; what is not in it, in Kafka's."""
    return ALLOWED if error is None else REFUSED.get(error.code(), error.name())


def kafka(who, **other):
    if who == "producer":
        how = {"security.protocol": "sasl_ssl", "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": who, "sasl.password": secret("kafka.producer")}
        listener = "scram"
    else:
        how = {"security.protocol": "ssl", "ssl.certificate.location": str(SECRETS / f"{who}.crt"), "ssl.key.location": str(SECRETS / f"{who}.key")}
        listener = "mtls"
    brokers = ",".join(f"localhost:{kafka_port(node, listener)}" for node in (1, 2, 3))
    return {"bootstrap.servers": brokers, "ssl.ca.location": CA, "log_level": 0} | how | other


def write(who, topic, **other):
    said = []
    told = {"error_cb": lambda error: word(error) in REFUSED.values() and said.append(error)}
    producer = confluent_kafka.Producer(kafka(who, **{"message.timeout.ms": 30000} | told | other))
    producer.produce(topic, b"x", on_delivery=lambda error, _: said.append(error))
    while not said:
        producer.poll(0.1)
    return word(said[0])


def read(who, topic, group):
    said = []
    consumer = confluent_kafka.Consumer(
        kafka(
            who,
            **{
                "group.id": group,
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "error_cb": lambda error: word(error) in REFUSED.values() and said.append(error),
            },
        )
    )
    consumer.subscribe([topic])
    try:
        for _ in range(60):
            message = consumer.poll(0.5)
            if message or said:
                return word(message.error() if message else said[0])
        return "nothing came in 30 s"
    finally:
        consumer.close()


def transact(who):
    try:
        confluent_kafka.Producer(kafka(who, **{"transactional.id": f"{who}-1"})).init_transactions(30)
        return ALLOWED
    except confluent_kafka.KafkaException as refused:
        return word(refused.args[0])


def create(who, topic):
    client = confluent_kafka.admin.AdminClient(kafka(who))
    try:
        client.create_topics([confluent_kafka.admin.NewTopic(topic, 1, 1)])[topic].result(30)
        return ALLOWED
    except confluent_kafka.KafkaException as refused:
        return word(refused.args[0])


IDEMPOTENT = {"enable.idempotence": True}


@pytest.fixture(scope="module")
def topics():
    """Topics of this test's own, with the rights that the real ones have, and one record in each."""
    client = confluent_kafka.admin.AdminClient(kafka("admin"))
    names = [PREFIX + name for name in ("entries", "inbox", "refused")]
    stack("kafka.sh", "allow", PREFIX)
    for future in client.create_topics([confluent_kafka.admin.NewTopic(name, 1, 3) for name in names]).values():
        try:
            future.result(60)
        except confluent_kafka.KafkaException as error:
            assert error.args[0].code() == confluent_kafka.KafkaError.TOPIC_ALREADY_EXISTS
    for name in names:
        assert write("admin", name) == ALLOWED
    yield
    for future in client.delete_topics(names).values():
        future.result(60)


GROUP = f"teller-inbox-{uuid.uuid4()}"


@pytest.mark.parametrize(
    ("deed", "who", "topic", "other", "answer"),
    [
        (write, "gateway", "entries", IDEMPOTENT, ALLOWED),
        (write, "gateway", "refused", IDEMPOTENT, ALLOWED),
        (read, "gateway", "inbox", GROUP, ALLOWED),
        (read, "spark", "entries", f"any-{GROUP}", ALLOWED),
        (write, "producer", "inbox", IDEMPOTENT, ALLOWED),
        (write, "api", "entries", IDEMPOTENT, ALLOWED),
        (read, "api", "entries", GROUP, NO_GROUP),  # It reads without a group.
        (write, "api", "inbox", {}, NO_TOPIC),
        (write, "api", "refused", {}, NO_TOPIC),
        (transact, "api", None, None, NO_TRANSACTION),
        (write, "clerk", "entries", {}, NO_TOPIC),
        (write, "gateway", "inbox", {}, NO_TOPIC),
        (read, "gateway", "entries", GROUP, NO_TOPIC),
        (read, "gateway", "inbox", f"other-{GROUP}", NO_GROUP),
        (transact, "gateway", None, None, NO_TRANSACTION),
        (create, "gateway", "more", None, NO_TOPIC),
        (write, "spark", "entries", {}, NO_TOPIC),
        (read, "spark", "inbox", GROUP, NO_TOPIC),
        (transact, "spark", None, None, NO_TRANSACTION),
        (read, "publish", "entries", GROUP, NO_GROUP),
        (write, "publish", "entries", {}, NO_TOPIC),
        (read, "reconcile", "entries", GROUP, NO_GROUP),  # It reads without a group, and describes the gateways'.
        (write, "reconcile", "entries", {}, NO_TOPIC),
        (write, "reconcile", "refused", {}, NO_TOPIC),
        (read, "station", "entries", GROUP, NO_GROUP),
        (write, "station", "entries", {}, NO_TOPIC),
        (write, "producer", "entries", {}, NO_TOPIC),
        (read, "producer", "inbox", GROUP, NO_GROUP),
        (transact, "producer", None, None, NO_TRANSACTION),
        (write, "producer", "inbox", {"sasl.password": "wrong"}, NO_LOGIN),
        (write, "producer", "inbox", {"sasl.username": "admin", "sasl.password": "admin"}, NO_LOGIN),
    ],
)
def test_kafka_gives_an_account_its_job_and_no_more(topics, deed, who, topic, other, answer):
    arguments = [] if topic is None else [PREFIX + topic]
    if isinstance(other, str):
        arguments.append(other)
    assert deed(who, *arguments, **(other if isinstance(other, dict) else {})) == answer


# ----------------------------------------------------------------------------------------------- Superset

SUPERSET = f"https://localhost:{port('SUPERSET_PORT')}"


def token(user, password):
    return https("POST", f"{SUPERSET}/api/v1/security/login", json={"username": user, "password": password, "provider": "db", "refresh": False})


@pytest.mark.parametrize("user", ["admin", "observer", "nobody"])
def test_superset_refuses_a_wrong_password(user):
    assert token(user, "admin").status_code == 401


@pytest.mark.parametrize("path", ["/api/v1/dashboard/", "/api/v1/database/", "/api/v1/chart/", "/api/v1/security/users/"])
def test_superset_shows_nothing_to_who_has_not_signed_in(path):
    answer = https("GET", SUPERSET + path, allow_redirects=False)
    assert answer.status_code in (401, 403) or answer.json().get("count") == 0


def test_superset_gives_the_observer_dashboards_and_nothing_else():
    session = {"Authorization": "Bearer " + token("observer", secret("superset.observer")).json()["access_token"]}
    answers = {
        path: https("GET", SUPERSET + path, headers=session).status_code
        for path in ("/api/v1/dashboard/", "/api/v1/database/", "/api/v1/dataset/", "/api/v1/security/users/", "/api/v1/query/")
    }
    assert answers.pop("/api/v1/dashboard/") == 200
    assert set(answers.values()) <= {403, 404}, answers
