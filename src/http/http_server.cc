// The one file that includes Asio and Beast (half a minute to compile).
//
// Who keeps whom alive: threads run the io_context; the Core's register holds every Session; a
// Session holds the Core and what it does next holds the Session. An Exchange (a request that waits
// for its answer somewhere else) holds the Core and only looks for its Session, so that answers may
// come when the connection, or the whole server, is gone.
#include "http/http_server.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <limits>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <thread>
#include <unordered_set>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/utf8.h"

namespace teller {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Clock = std::chrono::steady_clock;

namespace {

// A refused body that is not longer than this is read and thrown away, so that its connection can
// go on; of a longer one only so much is read before the connection ends.
constexpr std::uint64_t discard_and_go_on_max = 1U << 20;
constexpr std::uint64_t discard_max = 16U << 20;
constexpr auto discard_timeout = std::chrono::seconds(5);
constexpr auto shutdown_timeout = std::chrono::seconds(2);

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

// ------------------------------------------------------------------------- bodies that are bounded

// Bytes of bodies in the house, all connections together.
class Budget {
 public:
  explicit Budget(std::size_t most) : most_(most) {}
  [[nodiscard]] bool take(std::size_t bytes) {
    std::size_t used = used_.load(std::memory_order_relaxed);
    do {
      if (bytes > most_ - used) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
    return true;
  }
  void give_back(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  [[nodiscard]] std::size_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> used_{0};
};

// What one request holds of it.
class Share {
 public:
  Share() = default;
  explicit Share(Budget& budget) : budget_(&budget) {}
  Share(Share&& other) noexcept : budget_(other.budget_), bytes_(std::exchange(other.bytes_, 0)) {}
  Share& operator=(Share&& other) noexcept {
    if (this == &other) return *this;
    release();
    budget_ = other.budget_;
    bytes_ = std::exchange(other.bytes_, 0);
    return *this;
  }
  ~Share() { release(); }
  // Makes it `bytes` in all.
  [[nodiscard]] bool grow_to(std::size_t bytes) {
    if (bytes <= bytes_) return true;
    if (!budget_->take(bytes - bytes_)) return false;
    bytes_ = bytes;
    return true;
  }
  void release() {
    if (bytes_ > 0) budget_->give_back(std::exchange(bytes_, 0));
  }

 private:
  Budget* budget_ = nullptr;
  std::size_t bytes_ = 0;
};

// A Beast body: a string that grows within its share, or nothing at all once `discard` is set.
struct BoundedBody {
  struct value_type {
    std::string bytes;
    Share share;
    std::size_t bytes_max = 0;
    bool length_known = false;
    bool discard = false;
    bool too_large = false;   // Longer than bytes_max: 413.
    bool over_share = false;  // The house is full: 503.
    std::uint64_t discarded = 0;
  };

  class reader {
   public:
    template <bool is_request, class Fields>
    reader(http::header<is_request, Fields>& /*header*/, value_type& body) : body_(body) {}

    void init(const boost::optional<std::uint64_t>& length, error_code& error) {
      error = {};
      if (body_.discard || !length) return;
      body_.length_known = true;
      body_.bytes.reserve(static_cast<std::size_t>(*length));  // Its share is taken already.
    }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, error_code& error) {
      error = {};
      const std::size_t size = beast::buffer_bytes(buffers);
      if (!body_.discard) {
        const std::size_t total = body_.bytes.size() + size;
        body_.too_large = total > body_.bytes_max;
        // In steps, so that a chunked body does not ask for every few bytes.
        const std::size_t wanted =
            body_.length_known ? total : (total + 0xFFFF) & ~std::size_t{0xFFFF};
        body_.over_share = !body_.too_large && !body_.share.grow_to(wanted);
        if (body_.too_large || body_.over_share) {
          body_.discard = true;
          body_.bytes = {};
          body_.share.release();
        }
      }
      if (body_.discard) {
        body_.discarded += size;
        return size;
      }
      for (const auto buffer : beast::buffers_range_ref(buffers))
        body_.bytes.append(static_cast<const char*>(buffer.data()), buffer.size());
      return size;
    }
    void finish(error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

// ------------------------------------------------------------------------------------ known senders

struct Token {
  Hash hash{};
  std::string name;
};

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 255 && is_clean_utf8(name);
}

Result<std::vector<Token>> read_tokens(const std::string& path) {
  std::ifstream in(path);
  if (!in) return fail(Remedy::reject, "http.tokens_invalid", path + ": cannot be read");
  std::vector<Token> tokens;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || line.front() == '#') continue;
    Token token;
    const std::size_t space = line.find(' ');
    if (space == std::string::npos || !from_hex(line.substr(0, space), token.hash) ||
        !is_name(line.substr(space + 1)))
      return fail(Remedy::reject, "http.tokens_invalid",
                  path + ":" + std::to_string(number) +
                      ": not the SHA-256 of a token in 64 hex digits, a space and a name");
    token.name = line.substr(space + 1);
    tokens.push_back(std::move(token));
  }
  if (tokens.empty())
    return fail(Remedy::reject, "http.tokens_invalid", path + ": there is no token in it");
  return tokens;
}

// Looks at every token, in the same time whichever it is.
const Token* find_token(const std::vector<Token>& tokens, std::string_view text) {
  const Hash hash = sha256(as_bytes(text));
  const Token* found = nullptr;
  for (const Token& token : tokens)
    if (CRYPTO_memcmp(token.hash.data(), hash.data(), hash.size()) == 0) found = &token;
  return found;
}

// Empty when there is no usable name: none, more than one, or one with control characters.
std::string common_name(SSL* connection) {
  X509* certificate = SSL_get_peer_certificate(connection);
  if (certificate == nullptr) return {};
  std::string name;
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at >= 0 && X509_NAME_get_index_by_NID(subject, NID_commonName, at) < 0) {
    unsigned char* text = nullptr;
    const int size =
        ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (size > 0) name.assign(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
    OPENSSL_free(text);
  }
  X509_free(certificate);
  return is_name(name) ? name : std::string();
}

Result<std::unique_ptr<ssl::context>> make_tls(const HttpServerOptions& options) {
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  SSL_CTX* raw = context->native_handle();
  SSL_CTX_set_min_proto_version(raw, TLS1_3_VERSION);
  // No resumption: a sender shows its certificate on each connection, and no ticket key is kept.
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(raw, 0);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
  error_code error;
  const auto wrong = [&](const std::string& path) {
    return fail(Remedy::reject, "http.tls_invalid", path + ": " + error.message());
  };
  if (context->use_certificate_chain_file(options.certificate, error); error)
    return wrong(options.certificate);
  if (context->use_private_key_file(options.key, ssl::context::pem, error); error)
    return wrong(options.key);
  if (!options.client_ca.empty()) {
    if (context->load_verify_file(options.client_ca, error); error) return wrong(options.client_ca);
    SSL_CTX_set_client_CA_list(raw, SSL_load_client_CA_file(options.client_ca.c_str()));
    // With tokens too, a sender has one or the other, and the request without any is refused.
    int mode = SSL_VERIFY_PEER;
    if (options.tokens.empty()) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(raw, mode, nullptr);
  }
  return context;
}

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

class SessionBase;

}  // namespace

// --------------------------------------------------------------------------------------- the server

struct HttpServerCore : std::enable_shared_from_this<HttpServerCore> {
  HttpServerCore(HttpServerOptions given, HttpRouter given_router)
      : options(std::move(given)),
        router(std::move(given_router)),
        budget(options.bodies_bytes_max),
        io(std::make_unique<asio::io_context>()) {}

  void accept();
  void accepted(error_code error, tcp::socket socket);
  void add(const std::shared_ptr<SessionBase>& session);
  void remove(const std::shared_ptr<SessionBase>& session);
  // Runs `what` on the session's strand, unless the server is gone.
  void post_to(const std::weak_ptr<SessionBase>& session,
               const std::function<void(SessionBase&)>& what);
  [[nodiscard]] std::size_t connections_spare() const {
    return std::max<std::size_t>(1, options.connections_max / 8);
  }

  HttpServerOptions options;
  const HttpRouter router;
  std::vector<Token> tokens;
  std::unique_ptr<ssl::context> tls;  // None: plain.
  tcp::endpoint address;
  Budget budget;
  std::atomic<std::uint64_t> handshakes_refused{0};
  std::atomic<bool> stopping{false};

  // Held shared while something is posted, alone while the io_context goes.
  std::shared_mutex gone_mutex;
  bool gone = false;

  std::mutex mutex;  // Of the next three.
  std::unordered_set<std::shared_ptr<SessionBase>> sessions;
  std::condition_variable session_ended;
  bool accept_paused = false;

  std::unique_ptr<asio::io_context> io;
  std::optional<tcp::acceptor> acceptor;  // On its own strand, as is the timer.
  std::optional<asio::steady_timer> accept_again;
  std::vector<std::thread> threads;
};

namespace {

class SessionBase : public std::enable_shared_from_this<SessionBase> {
 public:
  virtual ~SessionBase() = default;
  virtual void run() = 0;
  virtual void answer(std::uint64_t serial, HttpResponse response) = 0;
  virtual void close_if_idle() = 0;
  virtual void close_now() = 0;
  virtual asio::any_io_executor executor() = 0;
};

}  // namespace

// A request that waits for its answer.
class HttpResponder::Exchange {
 public:
  Exchange(std::shared_ptr<HttpServerCore> core, std::weak_ptr<SessionBase> session,
           std::uint64_t serial, Share share)
      : core_(std::move(core)),
        session_(std::move(session)),
        serial_(serial),
        share_(std::move(share)) {}
  ~Exchange() {
    if (!answered_) send(error_response(500, "http.no_answer", "the request was dropped"));
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  void send(HttpResponse response) {
    check(!answered_.exchange(true), "a request is answered once");
    const auto shared = std::make_shared<HttpResponse>(std::move(response));
    core_->post_to(session_, [serial = serial_, shared](SessionBase& session) {
      session.answer(serial, std::move(*shared));
    });
  }

 private:
  std::shared_ptr<HttpServerCore> core_;
  std::weak_ptr<SessionBase> session_;
  std::uint64_t serial_;
  Share share_;
  std::atomic<bool> answered_{false};
};

void HttpResponder::send(HttpResponse response) const { exchange_->send(std::move(response)); }

namespace {

// One connection. Everything in it happens on its strand.
template <class Stream>
class Session final : public SessionBase {
 public:
  static constexpr bool is_tls = !std::is_same_v<Stream, beast::tcp_stream>;

  Session(std::shared_ptr<HttpServerCore> core, Stream stream, bool one_too_many)
      : core_(std::move(core)),
        options_(core_->options),
        stream_(std::move(stream)),
        answer_timer_(stream_.get_executor()),
        buffer_(core_->options.header_bytes_max + 65536),
        one_too_many_(one_too_many) {}

  void run() override {
    if constexpr (is_tls) {
      expires_after(options_.header_timeout);
      stream_.async_handshake(ssl::stream_base::server,
                              [self = self()](error_code error) { self->on_handshake(error); });
    } else {
      sender_ = "loopback";
      wait_for_request();
    }
  }
  asio::any_io_executor executor() override { return stream_.get_executor(); }

  void close_if_idle() override {
    if (idle_) lowest().cancel();  // Its read ends, and that closes.
  }
  void close_now() override {
    error_code ignored;
    lowest().socket().close(ignored);
    end();
  }

  void answer(std::uint64_t serial, HttpResponse response) override {
    if (serial != serial_ || !waits_for_answer_)
      return;  // Too late: 504 went out, or nobody is here.
    waits_for_answer_ = false;
    answer_timer_.cancel();
    write(std::move(response), keep_alive_);
  }

 private:
  using Parser = http::request_parser<BoundedBody>;

  std::shared_ptr<Session> self() { return std::static_pointer_cast<Session>(shared_from_this()); }
  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }
  void expires_after(std::chrono::milliseconds time) { lowest().expires_after(time); }

  void on_handshake(error_code error) {
    if constexpr (is_tls) {
      if (error) {
        core_->handshakes_refused.fetch_add(1, std::memory_order_relaxed);
        return close_now();
      }
      if (!options_.client_ca.empty()) sender_ = common_name(stream_.native_handle());
      if (options_.client_ca.empty() && options_.tokens.empty()) sender_ = "loopback";
      wait_for_request();
    }
  }

  void wait_for_request() {
    if (buffer_.size() > 0) return read_header();
    if (core_->stopping) return close();
    idle_ = true;
    expires_after(options_.idle_timeout);
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = self()](error_code error, std::size_t bytes) {
                              self->idle_ = false;
                              if (error) return self->close();
                              self->buffer_.commit(bytes);
                              self->read_header();
                            });
  }

  void read_header() {
    parser_.emplace();
    parser_->header_limit(options_.header_bytes_max);
    // Looked at in on_header() and by the body itself. (Beast 1.74 takes none for 0.)
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
    expires_after(options_.header_timeout);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = self()](error_code error, std::size_t) { self->on_header(error); });
  }

  void on_header(error_code error) {
    ++serial_;
    route_ = nullptr;
    done_reading_ = Clock::now();
    if (error == http::error::header_limit)
      return refuse(error_response(431, "http.header_too_large", "the header is too large"), false);
    if (error && error.category() == http::make_error_code(http::error::bad_method).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message)
      return refuse(error_response(400, "http.not_http", error.message()), false);
    if (error) return close();

    auto& request = parser_->get();
    keep_alive_ = request.keep_alive() && !one_too_many_;
    expects_continue_ = beast::iequals(request[http::field::expect], "100-continue");
    const std::string_view target = view(request.target());
    const std::size_t question = target.find('?');
    path_ = target.substr(0, question);
    query_ = question == std::string_view::npos ? "" : target.substr(question + 1);

    if (auto refusal = refusal_of_header()) return refuse(std::move(*refusal), true);
    if (parser_->is_done()) return dispatch();
    if (!expects_continue_) return read_body();
    expires_after(options_.write_timeout);
    continue_.emplace(http::status::continue_, request.version());
    http::async_write(stream_, *continue_, [self = self()](error_code failed, std::size_t) {
      if (failed) return self->close();
      self->expects_continue_ = false;
      self->read_body();
    });
  }

  std::optional<HttpResponse> refusal_of_header() {
    auto& request = parser_->get();
    auto& body = request.body();
    const std::string method(view(request.method_string()));
    request_sender_ = sender_;

    std::string allowed;
    for (const auto& route : core_->router.routes()) {
      if (!route.matches(path_)) continue;
      if (route.method == method) route_ = &route;
      allowed.append(allowed.empty() ? "" : ", ").append(route.method);
    }
    if (allowed.empty()) return error_response(404, "http.no_such_path", "there is nothing here");
    if (route_ == nullptr) {
      auto response = error_response(405, "http.method_not_allowed", "allowed here: " + allowed);
      response.headers.emplace_back("Allow", allowed);
      return response;
    }
    if (one_too_many_ && route_->access != HttpAccess::anyone)
      return busy_response("http.too_many_connections",
                           "too many connections; send the same again later");
    if (auto refusal = refusal_of_sender()) return refusal;

    body.bytes_max = options_.body_bytes_max;
    body.share = Share(core_->budget);
    const auto length = parser_->content_length();
    if (length && *length > options_.body_bytes_max) return too_large();
    if (length && !body.share.grow_to(static_cast<std::size_t>(*length))) return full();
    return std::nullopt;
  }

  std::optional<HttpResponse> refusal_of_sender() {
    if (route_->access == HttpAccess::anyone) return std::nullopt;
    std::string_view authorization = view(parser_->get()[http::field::authorization]);
    if (!core_->tokens.empty()) {
      if (!is_tls) request_sender_.clear();
      if (lower_case(authorization.substr(0, 7)) == "bearer ") {
        const Token* token = find_token(core_->tokens, authorization.substr(7));
        if (token == nullptr) return unknown_sender("this token is not known here");
        request_sender_ = token->name;
      }
    }
    if (request_sender_.empty())
      return unknown_sender("a token or a certificate that says who sends is needed");
    const auto& senders = options_.senders;
    if (!senders.empty() &&
        std::find(senders.begin(), senders.end(), request_sender_) == senders.end())
      return error_response(403, "http.sender_not_allowed",
                            "'" + request_sender_ + "' is known here and may not do this");
    return std::nullopt;
  }

  HttpResponse unknown_sender(std::string_view detail) const {
    auto response = error_response(401, "http.sender_unknown", detail);
    if (!core_->tokens.empty()) response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  HttpResponse too_large() const {
    return error_response(413, "http.too_large",
                          "a body may have " + std::to_string(options_.body_bytes_max) +
                              " bytes here; send it in parts");
  }
  HttpResponse full() const {
    return busy_response("http.full", "too much is in work; send the same again later");
  }

  void read_body() {
    const auto length = parser_->content_length();
    const std::uint64_t expected = length ? *length : options_.body_bytes_max;
    expires_after(options_.body_timeout +
                  std::chrono::seconds(expected / options_.body_bytes_per_s_min));
    parser_->eager(true);
    read_body_some();
  }
  void read_body_some() {
    http::async_read_some(stream_, buffer_, *parser_,
                          [self = self()](error_code error, std::size_t) { self->on_body(error); });
  }
  void on_body(error_code error) {
    if (error) return close();  // Also when it was too slow: then the stream is closed already.
    done_reading_ = Clock::now();
    const auto& body = parser_->get().body();
    if (body.too_large) return refuse(too_large(), true);
    if (body.over_share) return refuse(full(), true);
    if (parser_->is_done()) return dispatch();
    read_body_some();
  }

  void dispatch() {
    HttpRequest request;
    auto& parsed = parser_->get();
    request.method = route_->method;
    request.path = path_;
    request.query = query_;
    for (const auto& field : parsed)
      if (field.name() != http::field::authorization)
        request.headers.emplace_back(lower_case(view(field.name_string())), view(field.value()));
    request.body = std::move(parsed.body().bytes);
    request.sender = request_sender_;
    done_reading_ = Clock::now();
    waits_for_answer_ = true;
    // The connection's own timeout stands still while the handler has the request.
    lowest().expires_never();
    answer_timer_.expires_after(options_.answer_timeout);
    answer_timer_.async_wait([self = self(), serial = serial_](error_code error) {
      if (error) return;
      self->answer(serial, error_response(504, "http.answer_timeout",
                                          "no answer in time; what came of it is unknown"));
    });
    route_->handler(std::move(request),
                    HttpResponder(std::make_shared<HttpResponder::Exchange>(
                        core_, weak_from_this(), serial_, std::move(parsed.body().share))));
  }

  // Answers without a handler. What is left of the body is read and thrown away if that is little;
  // otherwise the connection ends, after as much of it as lets the client see the answer.
  void refuse(HttpResponse response, bool readable) {
    discarding_ = readable && !parser_->is_done();
    unread_ = !readable;
    bool goes_on = readable && keep_alive_;
    if (discarding_) {
      auto& body = parser_->get().body();
      body.discard = true;
      body.bytes = {};
      body.share.release();
      const auto left = parser_->content_length_remaining();
      goes_on = goes_on && !expects_continue_ && left && *left <= discard_and_go_on_max;
    }
    write(std::move(response), goes_on);
  }

  void write(HttpResponse response, bool goes_on) {
    goes_on = goes_on && !core_->stopping;
    response_.emplace();
    response_->version(11);
    response_->result(response.status);
    response_->set(http::field::content_type, response.content_type);
    response_->set(http::field::cache_control, "no-store");
    for (const auto& [name, value] : response.headers) response_->set(name, value);
    response_->keep_alive(goes_on);
    response_->body() = std::move(response.body);
    response_->prepare_payload();
    if (options_.observe)
      options_.observe(route_ != nullptr ? std::string_view(route_->path) : std::string_view(),
                       response.status, Clock::now() - done_reading_);
    expires_after(options_.write_timeout);
    http::async_write(stream_, *response_, [self = self(), goes_on](error_code error, std::size_t) {
      self->on_written(error, goes_on);
    });
  }
  void on_written(error_code error, bool goes_on) {
    response_.reset();
    if (error) return close();
    if (discarding_) {
      expires_after(discard_timeout);
      parser_->eager(true);
      return discard_some(goes_on);
    }
    parser_.reset();
    if (goes_on) return wait_for_request();
    close();
  }
  void discard_some(bool goes_on) {
    if (parser_->is_done()) {
      discarding_ = false;
      parser_.reset();
      return goes_on ? wait_for_request() : close();
    }
    unread_ = parser_->get().body().discarded > discard_max;
    if (unread_) return close();
    http::async_read_some(stream_, buffer_, *parser_,
                          [self = self(), goes_on](error_code error, std::size_t) {
                            if (error) return self->close();
                            self->discard_some(goes_on);
                          });
  }

  void close() {
    if (closing_) return;
    closing_ = true;
    idle_ = false;
    lowest().expires_after(shutdown_timeout);
    if constexpr (is_tls) {
      stream_.async_shutdown([self = self()](error_code) { self->close_gently(); });
    } else {
      close_gently();
    }
  }
  // Closing a socket with unread bytes resets the connection, and the client may lose the answer.
  void close_gently() {
    if (!unread_) return close_now();
    error_code ignored;
    lowest().socket().shutdown(tcp::socket::shutdown_send, ignored);
    buffer_.clear();
    lowest().async_read_some(buffer_.prepare(65536),
                             [self = self()](error_code error, std::size_t bytes) {
                               self->lingered_ += bytes;
                               if (error || self->lingered_ > discard_max)
                                 self->close_now();
                               else
                                 self->close_gently();
                             });
  }
  void end() {
    if (ended_) return;
    ended_ = true;
    closing_ = true;
    waits_for_answer_ = false;
    answer_timer_.cancel();
    core_->remove(shared_from_this());
  }

  const std::shared_ptr<HttpServerCore> core_;
  const HttpServerOptions& options_;
  Stream stream_;
  asio::steady_timer answer_timer_;
  beast::flat_buffer buffer_;
  std::string sender_;  // Of the connection.
  const bool one_too_many_;

  // Of the request that is being read or answered.
  std::uint64_t serial_ = 0;
  std::optional<Parser> parser_;
  std::optional<http::response<http::empty_body>> continue_;
  std::optional<http::response<http::string_body>> response_;
  const HttpRouter::Route* route_ = nullptr;
  std::string path_, query_, request_sender_;
  Clock::time_point done_reading_;
  bool keep_alive_ = false;
  bool expects_continue_ = false;
  bool waits_for_answer_ = false;
  bool discarding_ = false;

  bool idle_ = false;    // Waits for the first byte of a request.
  bool unread_ = false;  // The client may still be sending.
  std::uint64_t lingered_ = 0;
  bool closing_ = false;
  bool ended_ = false;
};

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
    one_too_many = sessions.size() >= options.connections_max;
  }
  std::shared_ptr<SessionBase> session;
  if (tls) {
    session = std::make_shared<Session<beast::ssl_stream<beast::tcp_stream>>>(
        shared_from_this(),
        beast::ssl_stream<beast::tcp_stream>(beast::tcp_stream(std::move(socket)), *tls),
        one_too_many);
  } else {
    session = std::make_shared<Session<beast::tcp_stream>>(
        shared_from_this(), beast::tcp_stream(std::move(socket)), one_too_many);
  }
  add(session);
  asio::dispatch(session->executor(), [session] { session->run(); });
  accept();
}

void HttpServerCore::add(const std::shared_ptr<SessionBase>& session) {
  const std::scoped_lock lock(mutex);
  sessions.insert(session);
}

void HttpServerCore::remove(const std::shared_ptr<SessionBase>& session) {
  bool again;
  {
    const std::scoped_lock lock(mutex);
    sessions.erase(session);
    again = accept_paused && !stopping;
    accept_paused = false;
    session_ended.notify_all();
  }
  if (again) asio::post(acceptor->get_executor(), [this] { accept(); });
}

void HttpServerCore::post_to(const std::weak_ptr<SessionBase>& session,
                             const std::function<void(SessionBase&)>& what) {
  const std::shared_lock lock(gone_mutex);
  if (gone) return;
  if (auto alive = session.lock()) {
    const auto executor = alive->executor();
    asio::post(executor, [alive = std::move(alive), what] { what(*alive); });
  }
}

// ------------------------------------------------------------------------------------------ outside

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

  if (options.threads == 0) options.threads = std::max(1U, std::thread::hardware_concurrency());
  auto core = std::make_shared<HttpServerCore>(std::move(options), std::move(router));
  if (!core->options.tokens.empty()) {
    auto tokens = read_tokens(core->options.tokens);
    if (!tokens) return std::unexpected(std::move(tokens.error()));
    core->tokens = std::move(*tokens);
  }
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
  core.sessions.clear();
  core.acceptor.reset();
  core.accept_again.reset();
  core.io.reset();
}

std::uint16_t HttpServer::port() const { return core_->address.port(); }

std::string HttpServer::url() const {
  const auto& address = core_->address.address();
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return (core_->tls ? "https://" : "http://") + host + ":" + std::to_string(port());
}

HttpServer::Load HttpServer::load() const {
  const std::scoped_lock lock(core_->mutex);
  return {core_->sessions.size(), core_->budget.used(),
          core_->handshakes_refused.load(std::memory_order_relaxed)};
}

}  // namespace teller
