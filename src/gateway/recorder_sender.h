// Sends entries to a journal in this process, through the same accepting and recording as HTTP:
// `teller load --home`.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "gateway/entry_sender.h"
#include "gateway/recorder.h"
#include "gateway/wait_told.h"

namespace teller {

class RecorderSender : public EntrySender {
 public:
  // What `definition` and `recorder` point to outlives this; `sender` stands in the envelopes.
  // `event` is told, from any thread, that the journal takes nothing, and when it does again.
  RecorderSender(const Definition& definition, Recorder& recorder, std::string sender,
                 std::chrono::milliseconds give_up_after, std::function<bool()> stop,
                 std::function<void(const std::string&)> event = {})
      : definition_(definition),
        recorder_(&recorder),
        sender_(std::move(sender)),
        give_up_after_(give_up_after),
        stop_(std::move(stop)),
        told_(std::move(event)) {}

  [[nodiscard]] Result<Sent> send(const EntryBody& body) override;

 private:
  const Definition definition_;
  Recorder* const recorder_;
  const std::string sender_;
  const std::chrono::milliseconds give_up_after_;
  const std::function<bool()> stop_;
  WaitTold told_;
};

}  // namespace teller
