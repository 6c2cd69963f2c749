// The server itself: listens, takes connections within its limits, starts and stops. What one
// connection does is in session.cc.
#include "http/http_server.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <thread>
#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <fmt/format.h>

#include "base/descriptors.h"
#include "http/http_server_core.h"
#include "http/page_origins.h"
#include "http/senders.h"
#include "http/session.h"
#include "http/tls.h"

namespace teller {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

Result<tcp::endpoint> parse_address(const std::string& listen) {
  const auto wrong = [&] {
    return fail(Remedy::reject, "http.address_invalid",
                "'" + listen + "' is not an address and a port, like 127.0.0.1:8443 or [::1]:8443");
  };
  const std::size_t colon = listen.rfind(':');
  if (colon == std::string::npos) return wrong();
  std::string host = listen.substr(0, colon);
  const std::string port = listen.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos)
    return wrong();
  const unsigned long number = std::stoul(port);
  if (number > 0xFFFF) return wrong();
  if (host == "localhost") host = "127.0.0.1";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string::npos)
    return wrong();
  error_code error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (error) return wrong();
  return tcp::endpoint(address, static_cast<unsigned short>(number));
}

// With the mutex held, both.
void leave_place(HttpServerCore& core, HttpSession& session) {
  if (session.waits_at) core.waiting.erase(*session.waits_at);
  session.waits_at.reset();
}
void take_place(HttpServerCore& core, const std::shared_ptr<HttpSession>& session, bool known) {
  leave_place(core, *session);
  session->waits_at = {known, ++core.places};
  core.waiting.emplace(*session->waits_at, session);
}

// Of the descriptors of this process the half is for the count itself: its journal, segments and
// store, and the brokers of a gateway.
std::size_t connections_within(std::size_t descriptors) {
  return std::max<std::size_t>(1, descriptors / 2 * 8 / 9);
}

}  // namespace

void HttpServerCore::accept() {
  {
    const std::scoped_lock lock(mutex);
    accept_paused = sessions.size() >= options.connections_max + connections_spare();
    if (accept_paused || stopping) return;
  }
  acceptor->async_accept(asio::make_strand(*io), [this](error_code error, tcp::socket socket) {
    accepted(error, std::move(socket));
  });
}

void HttpServerCore::accepted(error_code error, tcp::socket socket) {
  if (stopping) return;
  if (error) {
    // No file descriptor is free, or the client is gone already.
    {
      const std::scoped_lock lock(mutex);
      if (error == boost::system::errc::too_many_files_open ||
          error == boost::system::errc::too_many_files_open_in_system)
        static_cast<void>(make_room());
    }
    accept_again->expires_after(std::chrono::milliseconds(50));
    accept_again->async_wait([this](error_code failed) {
      if (!failed) accept();
    });
    return;
  }
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  bool one_too_many;
  {
    const std::scoped_lock lock(mutex);
    one_too_many = sessions.size() >= options.connections_max && !make_room();
  }
  const auto session = make_session(shared_from_this(), std::move(socket), one_too_many);
  add(session);
  asio::dispatch(session->executor(), [session] { session->run(); });
  accept();
}

void HttpServerCore::add(const std::shared_ptr<HttpSession>& session) {
  const std::scoped_lock lock(mutex);
  sessions.insert(session);
  take_place(*this, session, false);
}

void HttpServerCore::waits(const std::shared_ptr<HttpSession>& session, bool known) {
  const std::scoped_lock lock(mutex);
  if (sessions.contains(session)) take_place(*this, session, known);
}

void HttpServerCore::works(HttpSession& session) {
  const std::scoped_lock lock(mutex);
  leave_place(*this, session);
}

bool HttpServerCore::make_room() {
  if (waiting.empty()) return false;
  const auto session = waiting.begin()->second;
  leave_place(*this, *session);
  asio::post(session->executor(), [session] { session->give_way(); });
  return true;
}

void HttpServerCore::remove(const std::shared_ptr<HttpSession>& session) {
  bool again;
  {
    const std::scoped_lock lock(mutex);
    sessions.erase(session);
    leave_place(*this, *session);
    again = accept_paused && !stopping;
    accept_paused = false;
    session_ended.notify_all();
  }
  if (again) asio::post(acceptor->get_executor(), [this] { accept(); });
}

void HttpServerCore::post_to(const std::weak_ptr<HttpSession>& session,
                             const std::function<void(HttpSession&)>& what) {
  const std::shared_lock lock(gone_mutex);
  if (gone) return;
  if (auto alive = session.lock()) {
    const auto executor = alive->executor();
    asio::post(executor, [alive = std::move(alive), what] { what(*alive); });
  }
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options,
                                                      HttpRouter router) {
  auto address = parse_address(options.listen);
  if (!address) return std::unexpected(std::move(address.error()));
  const bool tls = !options.certificate.empty() || !options.key.empty();
  const bool known_senders = !options.client_ca.empty() || !options.tokens.empty();
  if (!address->address().is_loopback() && !(tls && known_senders))
    return fail(Remedy::reject, "http.plain_beyond_loopback",
                options.listen + " can be reached from other machines: that needs a certificate " +
                    "and a key, and client_ca or tokens to know the senders by");
  if (!tls && !options.client_ca.empty())
    return fail(Remedy::reject, "http.tls_invalid",
                "client_ca is of no use without a certificate and a key");

  if (auto good = check_page_origins(options.page_origins); !good)
    return std::unexpected(std::move(good.error()));

  options.connections_max =
      std::min(options.connections_max, connections_within(raise_descriptor_limit()));
  if (options.threads == 0) options.threads = std::max(1U, std::thread::hardware_concurrency());
  auto core = std::make_shared<HttpServerCore>(std::move(options), std::move(router));
  auto senders = KnownSenders::read(core->options);
  if (!senders) return std::unexpected(std::move(senders.error()));
  core->senders = std::move(*senders);
  if (tls) {
    auto context = make_tls(core->options);
    if (!context) return std::unexpected(std::move(context.error()));
    core->tls = std::move(*context);
  }

  auto& acceptor = core->acceptor.emplace(asio::make_strand(*core->io));
  core->accept_again.emplace(acceptor.get_executor());
  error_code error;
  acceptor.open(address->protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(*address, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) core->address = acceptor.local_endpoint(error);
  if (error)
    return fail(Remedy::stop, "http.listen_failed", core->options.listen + ": " + error.message());

  asio::post(acceptor.get_executor(), [raw = core.get()] { raw->accept(); });
  for (unsigned i = 0; i < core->options.threads; ++i)
    core->threads.emplace_back([raw = core.get()] {
      const auto work = asio::make_work_guard(*raw->io);
      raw->io->run();
    });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(core)));
}

HttpServer::HttpServer(std::shared_ptr<HttpServerCore> core) : core_(std::move(core)) {}

HttpServer::~HttpServer() { stop(std::chrono::milliseconds(0)); }

void HttpServer::stop(std::chrono::milliseconds drain) {
  HttpServerCore& core = *core_;
  if (core.threads.empty()) return;
  core.stopping = true;
  asio::post(core.acceptor->get_executor(), [&core] {
    error_code ignored;
    core.acceptor->close(ignored);
    core.accept_again->cancel();
  });
  {
    std::unique_lock lock(core.mutex);
    // Each one sees `stopping` when its answer is out; the idle ones are told.
    for (const auto& session : core.sessions)
      asio::post(session->executor(), [session] { session->close_if_idle(); });
    core.session_ended.wait_for(lock, drain, [&core] { return core.sessions.empty(); });
  }
  core.io->stop();
  for (std::thread& thread : core.threads) thread.join();
  core.threads.clear();
  {
    const std::unique_lock lock(core.gone_mutex);
    core.gone = true;
  }
  // What was still open closes here, with everything that was to happen on it.
  core.waiting.clear();
  core.sessions.clear();
  core.acceptor.reset();
  core.accept_again.reset();
  core.io.reset();
}

std::uint16_t HttpServer::port() const { return core_->address.port(); }

std::string HttpServer::url() const {
  const auto& address = core_->address.address();
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return fmt::format("{}{}:{}", core_->tls ? "https://" : "http://", host, port());
}

HttpServer::Load HttpServer::load() const {
  const std::scoped_lock lock(core_->mutex);
  return {core_->sessions.size(), core_->options.connections_max, core_->budget.used(),
          core_->handshakes_refused.load(std::memory_order_relaxed)};
}

}  // namespace teller
