#include "http/session.h"

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "http/exchange.h"
#include "http/gzip.h"
#include "http/http_server_core.h"
#include "http/page_origins.h"
#include "http/refusals.h"
#include "http/request_body.h"
#include "http/request_head.h"
#include "http/senders.h"

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
constexpr std::size_t read_bytes = 65536;

// One connection. Everything in it happens on its strand.
template <class Stream>
class Session final : public HttpSession {
 public:
  static constexpr bool is_tls = !std::is_same_v<Stream, beast::tcp_stream>;

  Session(std::shared_ptr<HttpServerCore> core, Stream stream, bool one_too_many)
      : core_(std::move(core)),
        options_(core_->options),
        stream_(std::move(stream)),
        timer_(stream_.get_executor()),
        buffer_(core_->options.header_bytes_max + read_bytes),
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
  void give_way() override {
    if (!works_) close_now();
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
    timer_.cancel();
    write(std::move(response), keep_alive_);
  }

 private:
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
      const bool any_sender =
          options_.client_ca.empty() && options_.tokens.empty() && options_.owner_token.empty();
      if (any_sender) sender_ = "loopback";
      wait_for_request();
    }
  }

  // What has come and was not looked at yet.
  std::string_view arrived() const {
    return {static_cast<const char*>(buffer_.data().data()), buffer_.size()};
  }
  // Reads some more, within the time that is set, and calls `then(error)`.
  template <class Then>
  void read_some(std::size_t most, Then then) {
    stream_.async_read_some(buffer_.prepare(most), [self = self(), then = std::move(then)](
                                                       error_code error, std::size_t bytes) {
      self->buffer_.commit(bytes);
      then(error);
    });
  }

  void wait_for_request() {
    body_.reset();
    if (std::exchange(works_, false)) core_->waits(self(), known_);
    if (buffer_.size() > 0) return begin_head();
    if (core_->stopping) return close();
    idle_ = true;
    expires_after(options_.idle_timeout);
    read_some(4096, [this](error_code error) {
      idle_ = false;
      if (error) return close();
      begin_head();
    });
  }

  void begin_head() {
    head_end_ = {};
    expires_after(options_.header_timeout);
    read_head();
  }
  void read_head() {
    // An empty line before a request means nothing (RFC 9112, 2.2).
    while (arrived().starts_with("\r\n")) {
      buffer_.consume(2);
      head_end_ = {};
    }
    const auto size = head_end_.find(arrived());
    if (!size) return on_not_http(size.error());
    const std::size_t most = options_.header_bytes_max;
    if (*size > most || (*size == 0 && buffer_.size() > most)) {
      begin_request();
      return refuse(error_response(431, "http.header_too_large", "the header is too large"), false);
    }
    if (*size > 0) return on_head(*size);
    read_some(4096, [this](error_code error) {
      if (error) return close();
      read_head();
    });
  }

  void begin_request() {
    ++serial_;
    route_ = nullptr;
    head_ = {};
    page_origin_.clear();
    takes_gzip_ = false;
    done_reading_ = Clock::now();
  }
  void on_not_http(RequestFault fault) {
    begin_request();
    refuse(error_response(400, "http.not_http", fault), false);
  }

  void on_head(std::size_t size) {
    auto head = parse_request_head(arrived().substr(0, size));
    if (!head) return on_not_http(head.error());
    buffer_.consume(size);
    begin_request();
    head_ = std::move(*head);
    keep_alive_ = head_.keep_alive && !one_too_many_;
    expects_continue_ = head_.expects_continue;
    const std::size_t question = head_.target.find('?');
    path_ = head_.target.substr(0, question);
    query_ = question == std::string::npos ? "" : head_.target.substr(question + 1);

    auto refusal = refusal_of_head();
    body_.emplace(head_, body_bytes_max(), BodyShare(core_->budget, request_sender_));
    if (refusal) return refuse(std::move(*refusal), true);
    if (!works_) core_->works(*this);
    works_ = true;
    known_ = known_ || route_->access != HttpAccess::anyone;
    if (body_->too_large()) return refuse(too_large_response(body_bytes_max()), true);
    if (body_->done()) return dispatch();
    if (!expects_continue_) return begin_body();
    expires_after(options_.write_timeout);
    continue_.emplace(http::status::continue_, 11);
    http::async_write(stream_, *continue_, [self = self()](error_code failed, std::size_t) {
      if (failed) return self->close();
      self->expects_continue_ = false;
      self->begin_body();
    });
  }

  // Nobody who is not known can make us read a body.
  std::size_t body_bytes_max() const {
    const bool is_of_anyone = route_ != nullptr && route_->access == HttpAccess::anyone;
    return is_of_anyone ? 0 : options_.body_bytes_max;
  }

  std::optional<HttpResponse> refusal_of_head() {
    request_sender_ = sender_;
    if (auto preflight = answer_preflight(options_, is_tls, core_->router, head_, path_))
      return preflight;
    auto route = find_route(core_->router, head_.method, path_);
    if (!route) return std::move(route.error());
    route_ = *route;
    if (auto foreign = refuse_foreign(options_, is_tls, head_, route_->pages)) return foreign;
    if (is_page_origin(options_, head_.field("origin"))) page_origin_ = head_.field("origin");
    takes_gzip_ = takes_gzip(head_);
    if (one_too_many_ && route_->access != HttpAccess::anyone)
      return too_many_connections_response();
    if (route_->access != HttpAccess::anyone) {
      const std::string_view authorization = head_.field("authorization");
      auto sender = route_->access == HttpAccess::person
                        ? person_of(authorization)
                        : core_->senders.sender_of(sender_, is_tls, authorization, route_->access);
      if (!sender) return std::move(sender.error());
      request_sender_ = std::move(*sender);
    }
    return std::nullopt;
  }

  [[nodiscard]] std::expected<std::string, HttpResponse> person_of(
      std::string_view authorization) const {
    if (options_.person_of) return options_.person_of(authorization);
    return std::unexpected(
        error_response(401, "officer.not_known", "this server knows no persons"));
  }

  void begin_body() {
    body_began_ = Clock::now();
    reads_body_ = true;
    // The connection's own timeout would close it without a word.
    lowest().expires_never();
    watch_body();
    take_body();
  }
  // A body has body_timeout, and a second more for each body_bytes_per_s_min that have come: one
  // that is slower than that ends, however long it said that it would be.
  Clock::time_point body_until() const {
    return body_began_ + options_.body_timeout +
           std::chrono::milliseconds(body_->received() * 1000 / options_.body_bytes_per_s_min);
  }
  void watch_body() {
    timer_.expires_at(body_until());
    timer_.async_wait([self = self(), serial = serial_](error_code error) {
      if (error || serial != self->serial_ || !self->reads_body_) return;
      if (Clock::now() < self->body_until()) return self->watch_body();
      self->too_slow_ = true;
      self->lowest().cancel();  // The read ends, and that answers.
    });
  }
  void take_body() {
    const auto taken = body_->take(arrived());
    if (!taken) return refuse_body(error_response(400, "http.not_http", taken.error()), false);
    buffer_.consume(*taken);
    if (body_->too_large()) return refuse_body(too_large_response(body_bytes_max()), true);
    if (body_->over_share()) return refuse_body(full_response(), true);
    if (body_->done()) {
      end_body();
      return dispatch();
    }
    read_some(read_bytes, [this](error_code error) {
      if (too_slow_)
        return refuse_body(error_response(408, "http.too_slow", "the body came too slowly"), false);
      if (!error) return take_body();
      end_body();
      close();
    });
  }
  void refuse_body(HttpResponse response, bool readable) {
    end_body();
    refuse(std::move(response), readable);
  }
  void end_body() {
    reads_body_ = false;
    too_slow_ = false;
    timer_.cancel();
    done_reading_ = Clock::now();
  }
  void dispatch() {
    HttpRequest request;
    request.method = route_->method;
    request.path = path_;
    request.query = query_;
    request.headers = std::move(head_.fields);
    std::erase_if(request.headers,
                  [](const auto& field) { return field.first == "authorization"; });
    request.body = body_->release_bytes();
    request.sender = request_sender_;
    done_reading_ = Clock::now();
    waits_for_answer_ = true;
    // The connection's own timeout stands still while the handler has the request.
    lowest().expires_never();
    timer_.expires_after(options_.answer_timeout);
    timer_.async_wait([self = self(), serial = serial_](error_code error) {
      if (error) return;
      self->answer(serial, error_response(504, "http.answer_timeout",
                                          "no answer in time; what came of it is unknown"));
    });
    route_->handler(std::move(request),
                    HttpResponder(std::make_shared<HttpResponder::Exchange>(
                        core_, weak_from_this(), serial_, body_->release_share())));
  }

  // Answers without a handler. What is left of the body is read and thrown away if that is little;
  // otherwise the connection ends, after as much of it as lets the client see the answer.
  void refuse(HttpResponse response, bool readable) {
    discarding_ = readable && !body_->done();
    unread_ = !readable;
    bool goes_on = readable && keep_alive_;
    if (body_) body_->begin_discarding();
    if (discarding_)
      goes_on = goes_on && !expects_continue_ && body_->ends_within(discard_and_go_on_max);
    write(std::move(response), goes_on);
  }

  // Compresses what may be, says to a browser whether its page may read, and to caches what of the
  // request it depended on.
  void finish(HttpResponse& response) {
    std::string vary;
    if (response.may_be_compressed) {
      vary = "Accept-Encoding";
      if (takes_gzip_ && response.status == 200 && response.body.size() >= compressed_from_bytes) {
        if (auto smaller = gzipped(response.body)) {
          response.body = *std::move(smaller);
          response.headers.emplace_back("Content-Encoding", "gzip");
        }
      }
    }
    if (route_ != nullptr && route_->pages == HttpPages::may_read &&
        !options_.page_origins.empty()) {
      vary += vary.empty() ? "Origin" : ", Origin";
      if (!page_origin_.empty()) let_page_read(response, page_origin_);
    }
    if (!vary.empty()) response.headers.emplace_back("Vary", vary);
  }

  void write(HttpResponse response, bool goes_on) {
    goes_on = goes_on && !core_->stopping;
    finish(response);
    response_.emplace();
    response_->version(11);
    response_->result(response.status);
    if (!response.content_type.empty())
      response_->set(http::field::content_type, response.content_type);
    response_->set(http::field::cache_control, "no-store");
    for (const auto& [name, value] : response.headers) response_->set(name, value);
    response_->keep_alive(goes_on);
    response_->body() = std::move(response.body);
    response_->prepare_payload();
    // They have no body, and a length would be that of another answer (RFC 9110, 8.6).
    if (response.status == 204 || response.status == 304)
      response_->erase(http::field::content_length);
    if (head_.method == "HEAD") response_->body().clear();  // Its length stays in the header.
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
      return discard(goes_on);
    }
    if (goes_on) return wait_for_request();
    close();
  }
  void discard(bool goes_on) {
    const auto taken = body_->take(arrived());
    unread_ = !taken || body_->received() > discard_max;
    if (unread_) return close();
    buffer_.consume(*taken);
    if (body_->done()) {
      discarding_ = false;
      return goes_on ? wait_for_request() : close();
    }
    read_some(read_bytes, [this, goes_on](error_code error) {
      if (error) return close();
      discard(goes_on);
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
    lowest().async_read_some(buffer_.prepare(read_bytes),
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
    reads_body_ = false;
    timer_.cancel();
    core_->remove(shared_from_this());
  }

  const std::shared_ptr<HttpServerCore> core_;
  const HttpServerOptions& options_;
  Stream stream_;
  asio::steady_timer timer_;  // Of the body, then of the answer.
  beast::flat_buffer buffer_;
  std::string sender_;  // Of the connection.
  const bool one_too_many_;

  // Of the request that is being read or answered.
  std::uint64_t serial_ = 0;
  HeadEnd head_end_;
  RequestHead head_;
  std::optional<RequestBody> body_;
  Clock::time_point body_began_;
  bool reads_body_ = false;
  bool too_slow_ = false;
  std::optional<http::response<http::empty_body>> continue_;
  std::optional<http::response<http::string_body>> response_;
  const HttpRouter::Route* route_ = nullptr;
  std::string path_, query_, request_sender_;
  std::string page_origin_;  // Of the page that asks, if it is one that may read.
  bool takes_gzip_ = false;
  Clock::time_point done_reading_;
  bool keep_alive_ = false;
  bool expects_continue_ = false;
  bool waits_for_answer_ = false;
  bool discarding_ = false;

  bool works_ = false;   // Reads or answers a request that was let in.
  bool known_ = false;   // One of a known sender was.
  bool idle_ = false;    // Waits for the first byte of a request.
  bool unread_ = false;  // The client may still be sending.
  std::uint64_t lingered_ = 0;
  bool closing_ = false;
  bool ended_ = false;
};

}  // namespace

std::shared_ptr<HttpSession> make_session(std::shared_ptr<HttpServerCore> core, tcp::socket socket,
                                          bool one_too_many) {
  using TlsStream = beast::ssl_stream<beast::tcp_stream>;
  beast::tcp_stream plain(std::move(socket));
  if (!core->tls)
    return std::make_shared<Session<beast::tcp_stream>>(std::move(core), std::move(plain),
                                                        one_too_many);
  TlsStream stream(std::move(plain), *core->tls);
  return std::make_shared<Session<TlsStream>>(std::move(core), std::move(stream), one_too_many);
}

}  // namespace teller
