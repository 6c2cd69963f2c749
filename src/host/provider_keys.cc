#include "host/provider_keys.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "election/json_tree.h"
#include "http/http_client.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

constexpr auto kept_for = 10min;
constexpr std::string_view description_path = "/.well-known/openid-configuration";

Result<std::string> get_from_provider(const IdentityProvider& provider,
                                      const ProviderAddress& address) {
  auto client = HttpClient::open({.url = address.server,
                                  .ca = provider.ca.string(),
                                  .connect_timeout = 5s,
                                  .answer_timeout = 5s,
                                  .answer_bytes_max = JsonWebKeys::bytes_max});
  if (!client) return std::unexpected(client.error());
  auto answer = client->request("GET", address.path, "", {{"Accept", "application/json"}});
  if (!answer) return std::unexpected(answer.error());
  if (answer->status != 200) {
    return fail(Remedy::retry, "persons.keys",
                fmt::format("{}{} answers {}", address.server, address.path, answer->status));
  }
  return std::move(answer->body);
}

std::unexpected<Error> wrong_description(const ProviderAddress& address, std::string_view what) {
  return fail(Remedy::reject, "persons.keys",
              fmt::format("{}{} {}", address.server, address.path, what));
}

// Where the keys are.
Result<ProviderAddress> read_description(const IdentityProvider& provider,
                                         const ProviderAddress& from, std::string_view text) {
  JsonTree tree;
  if (tree.build(text, {.bytes = JsonWebKeys::bytes_max, .values = 10'000, .depth = 8})) {
    return wrong_description(from, "is no JSON that can be read");
  }
  const auto issuer = tree.root().find("issuer"), keys = tree.root().find("jwks_uri");
  if (!issuer || issuer->text() != provider.issuer) {
    return wrong_description(from, "names another issuer than the persons file");
  }
  auto address = split_address(keys ? keys->text() : std::string_view());
  if (!address) return wrong_description(from, "names no address of keys that can be asked");
  return *std::move(address);
}

std::vector<std::string_view> names_of(const JsonWebKeys& keys) {
  std::vector<std::string_view> names;
  for (const JsonWebKey& key : keys.all()) names.push_back(key.id());
  return names;
}

}  // namespace

Result<JsonWebKeys> fetch_provider_keys(const IdentityProvider& provider) {
  auto from = split_address(provider.issuer);
  if (!from) return fail(Remedy::reject, "persons.keys", "the issuer is no address");
  if (from->path.ends_with('/')) from->path.pop_back();
  from->path += description_path;
  const auto description = get_from_provider(provider, *from);
  if (!description) return std::unexpected(description.error());
  const auto address = read_description(provider, *from, *description);
  if (!address) return std::unexpected(address.error());
  const auto text = get_from_provider(provider, *address);
  if (!text) return std::unexpected(text.error());
  return JsonWebKeys::parse(*text);
}

ProviderKeys::ProviderKeys(Options options)
    : options_(std::move(options)), began_(options_.now()), thread_([this] { run(); }) {}

ProviderKeys::~ProviderKeys() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

std::shared_ptr<const JsonWebKeys> ProviderKeys::keys() const {
  const std::scoped_lock lock(mutex_);
  return keys_;
}

ProviderKeys::Looked ProviderKeys::look_again() {
  const std::scoped_lock lock(mutex_);
  if (!wanted_ && options_.now() - began_ >= options_.again) {
    wanted_ = true;
    wake_.notify_all();
  }
  return {wanted_, trouble_};
}

void ProviderKeys::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wanted_ = true;
    began_ = options_.now();
    lock.unlock();
    fetch_once();
    lock.lock();
    wanted_ = false;
    wake_.wait_for(lock, kept_for, [this] { return stopping_ || wanted_; });
  }
}

void ProviderKeys::fetch_once() {
  auto fetched = options_.fetch();
  if (!fetched) options_.event(Event("persons.provider_away", fetched.error()));
  const auto before = keys();
  {
    const std::scoped_lock lock(mutex_);
    trouble_ = fetched ? std::string() : to_text(fetched.error());
    if (fetched) keys_ = std::make_shared<const JsonWebKeys>(std::move(*fetched));
  }
  const auto after = keys();
  if (names_of(*before) == names_of(*after)) return;
  options_.event(Event::info("persons.keys_known")
                     .with("keys", fmt::format("{}", fmt::join(names_of(*after), ", "))));
}

KnownProvider::KnownProvider(IdentityProvider named, const OnEvent& event)
    : provider(std::move(named)),
      keys(ProviderKeys::Options{.fetch = [this] { return fetch_provider_keys(provider); },
                                 .again = std::chrono::seconds(provider.keys_again_s),
                                 .event = event}) {}

Result<std::unique_ptr<KnownProvider>> KnownProvider::read(const std::filesystem::path& persons,
                                                           const OnEvent& event) {
  auto named = read_persons(persons);
  if (!named) return std::unexpected(named.error());
  return std::make_unique<KnownProvider>(std::move(*named), event);
}

}  // namespace teller
