#include "gateway/recorder_sender.h"

#include <algorithm>
#include <future>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "gateway/send_again.h"

namespace teller {

Result<Sent> RecorderSender::send(const EntryBody& body) {
  Sent sent;
  std::uint64_t unknown = 0;
  SendAgain again(give_up_after_, stop_);
  while (true) {
    const auto promise = std::make_shared<std::promise<EntriesAnswer>>();
    take_entries(definition_, *recorder_, nullptr, nullptr, body.format, as_bytes(body.bytes),
                 sender_, body.batch,
                 [promise](EntriesAnswer answer) { promise->set_value(std::move(answer)); });
    EntriesAnswer answer = promise->get_future().get();
    if (answer.error_code == Code("engine.failed"))
      return fail(Remedy::stop, "load.gave_up", std::move(answer.error_detail));
    unknown = std::max(unknown, answer.unknown);
    if (answer.unknown == 0 && answer.not_recorded == 0) {
      sent.unknown_resolved = std::min(unknown, answer.recorded);
      sent.answer = std::move(answer);
      told_.goes_on();
      return sent;
    }
    told_.waits(
        fmt::format("the journal has not taken all of a body; tries again, for {} s at most",
                    give_up_after_.count() / 1000));
    if (!again.wait())
      return fail(
          Remedy::stop, "load.gave_up",
          fmt::format(
              "after {} tries the journal still has {} entries of a body unknown or not recorded",
              sent.sent_again + 1, answer.unknown + answer.not_recorded));
    ++sent.sent_again;
  }
}

}  // namespace teller
