package main

import (
	"fmt"
	"strings"

	"github.com/anishathalye/porcupine"
)

// cast and read are what a group of ids sees of a history.
type cast struct {
	id       int
	option   byte // a or b
	recorded bool
}
type read struct {
	commit  int64
	a, b    int64
	settled bool
}

// ballots is what must be true of a group: which option each of its ids was accepted with ('-': it was not), and what was last read.
type ballots struct {
	accepted string
	last     read
}

// ballotsModel says what is promised of ballots:
//
//   - The first copy of an id that is accepted counts; every later one, and every other content under that id, changes nothing.
//   - What was recorded is accepted, between call and answer. What nobody knows of may be, until its process has ended.
//   - A read shows some of what was accepted before it, and nothing else: never more than that, never less than was shown before.
//   - One commit has one content.
//   - A settled read shows all of it.
func ballotsModel(ids int) porcupine.Model {
	model := porcupine.NondeterministicModel{
		Init: func() []interface{} { return []interface{}{ballots{accepted: strings.Repeat("-", ids)}} },
		Step: func(state, input, output interface{}) []interface{} {
			now := state.(ballots)
			switch op := input.(type) {
			case cast:
				then := now
				if now.accepted[op.id] == '-' {
					then.accepted = now.accepted[:op.id] + string(op.option) + now.accepted[op.id+1:]
				}
				if op.recorded || then == now {
					return []interface{}{then}
				}
				return []interface{}{now, then}
			case read:
				a, b := int64(strings.Count(now.accepted, "a")), int64(strings.Count(now.accepted, "b"))
				ahead := op.a > a || op.b > b
				back := op.a < now.last.a || op.b < now.last.b || op.commit < now.last.commit
				changed := op.commit == now.last.commit && (op.a != now.last.a || op.b != now.last.b)
				missing := op.settled && (op.a != a || op.b != b)
				if ahead || back || changed || missing {
					return nil
				}
				now.last = read{commit: op.commit, a: op.a, b: op.b}
				return []interface{}{now}
			}
			panic("no such operation")
		},
	}
	return model.ToModel()
}

// some is a body of so many entries, as the counters see it.
type some struct {
	entries  int64
	recorded bool
}
type look struct {
	commit  int64
	head    Head
	settled bool
}

// copies is what must be true of all entries together, copies among them.
type copies struct {
	recorded, unknown int64
	commit            int64
	last              Head
}

// copiesModel says what is promised of every copy that was sent: it is looked at once, and comes to one outcome.
func copiesModel() porcupine.Model {
	return porcupine.Model{
		Init: func() interface{} { return copies{} },
		Step: func(state, input, output interface{}) (bool, interface{}) {
			now := state.(copies)
			switch op := input.(type) {
			case some:
				if op.recorded {
					now.recorded += op.entries
				} else {
					now.unknown += op.entries
				}
				return true, now
			case look:
				h, last := op.head, now.last
				ahead := h.Recorded > now.recorded+now.unknown
				back := h.Recorded < last.Recorded || h.Counted < last.Counted || h.Duplicate < last.Duplicate || h.Conflict < last.Conflict ||
					op.commit < now.commit
				changed := op.commit == now.commit && h != last
				missing := op.settled && h.Recorded < now.recorded
				if ahead || back || changed || missing || h.Recorded != h.Counted+h.Duplicate+h.Conflict || h.Rejected != 0 {
					return false, state
				}
				now.commit, now.last = op.commit, h
				return true, now
			}
			panic("no such operation")
		},
	}
}

func describe(op interface{}) string {
	switch op := op.(type) {
	case cast:
		return fmt.Sprintf("cast id %d for %c, %s", op.id, op.option, known(op.recorded))
	case read:
		return fmt.Sprintf("read commit %d: a %d, b %d%s", op.commit, op.a, op.b, settled(op.settled))
	case some:
		return fmt.Sprintf("cast %d entries, %s", op.entries, known(op.recorded))
	case look:
		return fmt.Sprintf("read commit %d: %+v%s", op.commit, op.head, settled(op.settled))
	}
	return fmt.Sprint(op)
}

func known(recorded bool) string {
	if recorded {
		return "recorded"
	}
	return "unknown"
}

func settled(is bool) string {
	if is {
		return ", settled"
	}
	return ""
}
