"""How a Neo4j server is reached, and whether one answers and is new enough."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import neo4j
from neo4j.exceptions import AuthError, ConfigurationError, DriverError, Neo4jError, ServiceUnavailable, SessionExpired

from dcell_graph.errors import DatabaseError

OLDEST = (5, 23)  # the first with CALL (variable) { ... }, which the queries use
PATIENCE = 5.0  # seconds to wait for a connection

_NO_ANSWER = (ServiceUnavailable, SessionExpired, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What is needed to reach a server.

    Args:
        uri: such as ``bolt://127.0.0.1:7687``.
        user: user name there.
        password: password there; never shown when the object is printed.
        embedded: whether it is the server that this package starts.
    """

    uri: str
    user: str
    password: str = field(repr=False)
    embedded: bool


def ask_version(connection: Connection) -> str:
    """Run a trivial query as the user of the connection and return the version of the server, such as ``5.26.28``.

    Raises:
        DriverError, Neo4jError, OSError, ValueError: as the driver says it.
    """
    # Without a filter for notifications: a server older than the ones we accept would refuse the filter, and its
    # user would read about that instead of about the version. The query causes no notification.
    with neo4j.GraphDatabase.driver(
        connection.uri,
        auth=(connection.user, connection.password),
        connection_timeout=PATIENCE,
        connection_acquisition_timeout=2 * PATIENCE,
    ) as driver:
        with driver.session() as session:
            session.run("RETURN 1 AS one").consume()
        agent = driver.get_server_info().agent
    return agent.partition("/")[2] or agent


_SCHEMES = frozenset(f"{scheme}{tls}" for scheme in ("bolt", "neo4j") for tls in ("", "+s", "+ssc"))


def check(connection: Connection) -> str:
    """Make sure that an outside server can be used.

    Returns:
        Its version.

    Raises:
        DatabaseError: the address is none, nobody answers there, the password is wrong, or the server is too old.
    """
    uri = connection.uri
    if uri.partition("://")[0] not in _SCHEMES:
        raise _not_an_address(uri)
    try:
        version = ask_version(connection)
    except _NO_ANSWER:
        raise DatabaseError(
            f"no Neo4j server answers at {uri}",
            hint="start it, correct NEO4J_URI, or unset NEO4J_URI to use the embedded database",
        ) from None
    except AuthError as error:
        raise DatabaseError(
            f"the Neo4j server at {uri} does not let the user {connection.user} in",
            found=_text(error),
            hint="check NEO4J_USER and NEO4J_PASSWORD",
        ) from None
    except (ConfigurationError, ValueError):  # a scheme, host or port that the driver cannot read
        raise _not_an_address(uri) from None
    except (DriverError, Neo4jError) as error:
        raise DatabaseError(f"the Neo4j server at {uri} cannot be used", found=_text(error)) from None
    if _numbers(version) < OLDEST:
        raise DatabaseError(
            f"the Neo4j server at {uri} is too old",
            expected=f"{OLDEST[0]}.{OLDEST[1]} or later",
            found=version,
            hint="update it, or unset NEO4J_URI to use the embedded database",
        )
    return version


def _not_an_address(uri: str) -> DatabaseError:
    return DatabaseError(
        "NEO4J_URI is not the address of a Neo4j server",
        expected="such as bolt://localhost:7687 or neo4j+s://example.org",
        found=uri,
    )


def _text(error: DriverError | Neo4jError) -> str:
    return str(getattr(error, "message", None) or error)


def _numbers(version: str) -> tuple[int, int]:
    """Major and minor number; (0, 0) for a text that holds none, such as that of another product."""
    match = re.match(r"v?(\d+)\.(\d+)", version)
    return (0, 0) if match is None else (int(match[1]), int(match[2]))
