#include "http/http_client.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <mutex>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/check.h"
#include "base/file.h"
#include "base/stop.h"
#include "base/utf8.h"

namespace teller {

namespace {

struct Body {
  std::string* text;
  std::size_t bytes_max;
  bool too_large = false;
};

// What it does not take ends the request.
std::size_t append_to(char* data, std::size_t one, std::size_t size, void* to) {
  Body& body = *static_cast<Body*>(to);
  body.too_large = body.too_large || one * size > body.bytes_max - body.text->size();
  if (body.too_large) return 0;
  body.text->append(data, one * size);
  return one * size;
}

struct AnswerHead {
  HttpClient::Answer* answer;
  bool closes = false;  // The server means to close the connection after this answer.
};

// Of a header line: its value, if it is the one of this name (in small letters, with its colon).
std::optional<std::string> value_of(std::string_view line, std::string_view name) {
  if (!ascii_lower(line.substr(0, name.size())).starts_with(name)) return std::nullopt;
  std::string_view value = line.substr(name.size());
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_space(value.back())) value.remove_suffix(1);
  return std::string(value);
}

std::size_t note_header(char* data, std::size_t one, std::size_t size, void* to) {
  AnswerHead& head = *static_cast<AnswerHead*>(to);
  const std::string_view line(data, one * size);
  if (const auto value = value_of(line, "connection:"))
    head.closes = head.closes || ascii_lower(*value).contains("close");
  if (auto value = value_of(line, "etag:")) head.answer->etag = std::move(*value);
  if (auto value = value_of(line, "last-modified:")) head.answer->last_modified = std::move(*value);
  return one * size;
}

// Asked about once a second. An end that is overdue does not wait for a server that says nothing.
int give_up(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return stop_overdue() ? 1 : 0;
}

struct HeaderList {
  ~HeaderList() { curl_slist_free_all(list); }
  void add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
  curl_slist* list = nullptr;
};

}  // namespace

struct HttpClient::State {
  HttpClientOptions options;
  std::string authorization;  // A whole header line, or nothing.
  CURL* curl = nullptr;
  bool kept = false;  // There may be a connection from the last request.
  std::array<char, CURL_ERROR_SIZE> message{};

  ~State() { curl_easy_cleanup(curl); }

  // What holds for every request: before it, all options anew. Errors: as request().
  [[nodiscard]] Result<void> prepare();

  [[nodiscard]] Error to_error(CURLcode code) const {
    std::string detail = options.url + ": ";
    detail += message.front() != '\0' ? message.data() : curl_easy_strerror(code);
    // With TLS 1.3 a server refuses our certificate after we have begun to send.
    const bool alert = detail.find(" alert ") != std::string::npos;
    switch (code) {
      case CURLE_COULDNT_CONNECT:
      case CURLE_COULDNT_RESOLVE_HOST:
      case CURLE_COULDNT_RESOLVE_PROXY:
        // On a kept connection that ends without an answer, curl itself tries once more on a new
        // one: what failed now is that, and the first may have arrived.
        if (kept) break;
        return {Remedy::retry, "http.unreachable", std::move(detail)};
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CERTPROBLEM:
      case CURLE_SSL_CACERT_BADFILE:
      case CURLE_SSL_ISSUER_ERROR:
        return {Remedy::reject, "http.untrusted", std::move(detail)};
      default:
        break;
    }
    if (alert) return {Remedy::reject, "http.untrusted", std::move(detail)};
    double connected = 0;
    curl_easy_getinfo(curl, CURLINFO_APPCONNECT_TIME, &connected);
    if (code == CURLE_SSL_CONNECT_ERROR ||
        (code == CURLE_OPERATION_TIMEDOUT && connected == 0 && options.url.starts_with("https:")))
      return {Remedy::retry, "http.unreachable", std::move(detail)};
    return {Remedy::abort, "http.unknown", std::move(detail)};
  }
};

HttpClient::HttpClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

Result<HttpClient> HttpClient::open(const HttpClientOptions& options) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });

  const auto invalid = [](std::string detail) {
    return fail(Remedy::reject, "http.client_invalid", std::move(detail));
  };
  auto state = std::make_unique<State>();
  state->options = options;
  std::string& url = state->options.url;
  while (url.ends_with('/')) url.pop_back();
  const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  if (scheme == 0 || url.size() == scheme || url.find_first_of("/?#@ ", scheme) < url.size())
    return invalid("'" + options.url + "' is not like https://host:port");
  if (!options.user.empty() && scheme != 8)
    return invalid("'" + options.url + "': a password goes over https only");
  for (const std::string& file : {options.ca, options.certificate, options.key})
    if (!file.empty() && !std::ifstream(file)) return invalid(file + ": cannot be read");
  if (!options.token_file.empty()) {
    std::ifstream in(options.token_file);
    if (!in)
      return invalid(
          options.token_file +
          ": cannot be read; the token of a home is there once teller serve has started");
    std::string token;
    if (!std::getline(in, token) || token.empty() ||
        token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._"
                                "~+/=") != std::string::npos)
      return invalid(options.token_file + ": there is no token in its first line");
    state->authorization = "Authorization: Bearer " + token;
  }
  state->curl = curl_easy_init();
  check(state->curl != nullptr, "curl starts");
  return HttpClient(std::move(state));
}

Result<void> HttpClient::State::prepare() {
  std::string password;
  if (!options.user.empty()) {
    auto read = read_file(options.password_file);
    if (!read) return fail(Remedy::reject, "http.client_invalid", std::move(read.error().detail));
    password = std::move(*read);
    while (password.ends_with('\n') || password.ends_with('\r')) password.pop_back();
  }
  message.front() = '\0';
  curl_easy_reset(curl);  // Keeps the connection.
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, give_up);
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_3);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(options.connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options.answer_timeout.count()));
  if (!options.ca.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options.ca.c_str());
  if (!options.certificate.empty()) {
    curl_easy_setopt(curl, CURLOPT_SSLCERT, options.certificate.c_str());
    curl_easy_setopt(curl, CURLOPT_SSLKEY, options.key.c_str());
  }
  if (!options.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(curl, CURLOPT_USERNAME, options.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, password.c_str());  // Copied.
  }
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message.data());
  return {};
}

Result<HttpClient::Answer> HttpClient::request(std::string_view method, std::string_view path,
                                               std::string_view body, const Headers& headers) {
  CURL* curl = state_->curl;
  const HttpClientOptions& options = state_->options;
  if (auto prepared = state_->prepare(); !prepared)
    return std::unexpected(std::move(prepared.error()));
  HeaderList list;
  for (const auto& [name, value] : headers) list.add(name + ": " + value);
  if (!state_->authorization.empty()) list.add(state_->authorization);
  list.add("Expect:");  // No round trip before each large body; a refusal ends it early anyway.

  Answer answer;
  const std::string url = options.url + std::string(path);
  const std::string verb(method);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  if (verb != "GET") {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    // Without any, curl would read the body from our standard input.
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, verb.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list.list);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append_to);
  Body to{&answer.body, options.answer_bytes_max};
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &to);

  AnswerHead head{&answer};
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, note_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &head);
  curl_easy_setopt(curl, CURLOPT_FILETIME, 1L);

  const CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK) {
    Error error = state_->to_error(code);
    state_->kept = false;
    if (to.too_large) {
      return fail(Remedy::reject, "file.too_large",
                  fmt::format("{}: the answer has more than {} bytes", options.url,
                              options.answer_bytes_max));
    }
    return std::unexpected(std::move(error));
  }
  state_->kept = !head.closes;
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<unsigned>(status);
  curl_off_t seconds = 0;
  if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK)
    answer.retry_after = std::chrono::seconds(seconds);
  curl_off_t modified = -1;
  if (curl_easy_getinfo(curl, CURLINFO_FILETIME_T, &modified) == CURLE_OK && modified >= 0)
    answer.last_modified_us = modified * 1'000'000;
  return answer;
}

}  // namespace teller
