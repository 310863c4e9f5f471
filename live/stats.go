package live

import "sync/atomic"

// Stats are the counters of a handler since it was made; see [Handler.Stats].
type Stats struct {
	// Sockets and Sessions are there now: open connections, and connected pages.
	Sockets, Sessions int64
	// Mounts, Events and Renders count what pages did, over HTTP and connected.
	Mounts, Events, Renders int64
	// FramesOut and BytesOut count what was written to sockets.
	FramesOut, BytesOut int64
	// Errors are handlers that failed; Crashes are sessions that panicked or could not be rendered.
	Errors, Crashes int64
	// UnknownEvents were refused because no template names them, BadFrames because they are no conga/1.
	UnknownEvents, BadFrames int64
	// Dropped are messages of Send that found the mailbox full, Resyncs the renewals that followed.
	Dropped, Resyncs int64
	// Overloads are sockets that were closed because the browser read too slowly, Refused are joins beyond
	// MaxSessions.
	Overloads, Refused int64
}

type counters struct {
	sockets, sessions        atomic.Int64
	mounts, events, renders  atomic.Int64
	framesOut, bytesOut      atomic.Int64
	errors, crashes          atomic.Int64
	unknownEvents, badFrames atomic.Int64
	dropped, resyncs         atomic.Int64
	overloads, refused       atomic.Int64
}

// Stats returns the counters. They are read one after the other, not at one moment.
func (h *Handler) Stats() Stats {
	c := &h.stats
	return Stats{
		Sockets: c.sockets.Load(), Sessions: c.sessions.Load(),
		Mounts: c.mounts.Load(), Events: c.events.Load(), Renders: c.renders.Load(),
		FramesOut: c.framesOut.Load(), BytesOut: c.bytesOut.Load(),
		Errors: c.errors.Load(), Crashes: c.crashes.Load(),
		UnknownEvents: c.unknownEvents.Load(), BadFrames: c.badFrames.Load(),
		Dropped: c.dropped.Load(), Resyncs: c.resyncs.Load(),
		Overloads: c.overloads.Load(), Refused: c.refused.Load(),
	}
}
