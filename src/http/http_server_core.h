// What the parts of a running server share: its options, its register of sessions, and what its
// threads run on.
//
// Who keeps whom alive: threads run the io_context; the core's register holds every session; a
// session holds the core, and what it does next holds the session. An exchange (a request that waits
// for its answer somewhere else) holds the core and only looks for its session, so that answers may
// come when the connection, or the whole server, is gone.
//
// What always holds: no more than connections_max and an eighth more sessions are registered, and
// that is no more than the half of the descriptors that this process may have, so that no number of
// clients takes from the count what it needs for its files. A session that waits for its client is
// closed when another client comes and there is no room: first one of which no request was let in
// yet, then the one that has waited longest. The options, routes, senders and TLS do not change once it listens and are read without a lock; each
// of the rest says what guards it.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/body_budget.h"
#include "http/http_server.h"
#include "http/senders.h"

namespace teller {

class HttpSession;

struct HttpServerCore : std::enable_shared_from_this<HttpServerCore> {
  using tcp = boost::asio::ip::tcp;

  HttpServerCore(HttpServerOptions given, HttpRouter given_router)
      : options(std::move(given)),
        router(std::move(given_router)),
        budget(options.bodies_bytes_max),
        io(std::make_unique<boost::asio::io_context>()) {}

  void accept();
  void accepted(boost::system::error_code error, tcp::socket socket);
  void add(const std::shared_ptr<HttpSession>& session);
  void remove(const std::shared_ptr<HttpSession>& session);
  // A session waits for its client: to shake hands, to send the head of a request. `known`: it had
  // one that was let in. Or it does not wait any more. On the session's strand.
  void waits(const std::shared_ptr<HttpSession>& session, bool known);
  void works(HttpSession& session);
  // Runs `what` on the session's strand, unless the server is gone. Any thread.
  void post_to(const std::weak_ptr<HttpSession>& session,
               const std::function<void(HttpSession&)>& what);
  [[nodiscard]] std::size_t connections_spare() const {
    return std::max<std::size_t>(1, options.connections_max / 8);
  }
  // Closes one that waits for its client, if there is one. With the mutex held.
  [[nodiscard]] bool make_room();

  // Who waits, in the order in which they give way: strangers first, then the longest.
  using Place = std::pair<bool, std::uint64_t>;

  HttpServerOptions options;
  const HttpRouter router;
  KnownSenders senders;
  std::unique_ptr<boost::asio::ssl::context> tls;  // None: plain.
  tcp::endpoint address;
  BodyBudget budget;
  std::atomic<std::uint64_t> handshakes_refused{0};
  std::atomic<bool> stopping{false};

  // Held shared while something is posted, alone while the io_context goes.
  std::shared_mutex gone_mutex;
  bool gone = false;

  std::mutex mutex;  // Of the next five.
  std::unordered_set<std::shared_ptr<HttpSession>> sessions;
  std::map<Place, std::shared_ptr<HttpSession>> waiting;
  std::uint64_t places = 0;
  std::condition_variable session_ended;
  bool accept_paused = false;

  std::unique_ptr<boost::asio::io_context> io;
  std::optional<tcp::acceptor> acceptor;  // On its own strand, as is the timer.
  std::optional<boost::asio::steady_timer> accept_again;
  std::vector<std::thread> threads;
};

}  // namespace teller
