package conga

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// App is an application: its resources on a data layer. It may be used from
// many goroutines.
type App struct {
	registry *resource.Registry
	layer    datalayer.Layer
	options  Options
	bus      *bus
	// decisions are the folded policies of each action, not yet bound.
	decisions map[*resource.Action]expr.Node
	// sights are the folded policies of fields that have some, not yet bound.
	sights map[*resource.Attribute]*sight
	// relations tells that more than keys relates records somewhere.
	relations bool
	// tenanted tells that resources have tenants, schemas that some keep them
	// in schemas; tenants is an attribute that holds them, if there is one.
	tenanted, schemas bool
	tenants           *resource.Attribute
	seal              *wire.Seal
}

// Options of an App. The zero value works.
type Options struct {
	// Log gets what goes wrong inside, with causes. Nil means slog.Default().
	Log *slog.Logger
	// KeepTables leaves the tables as they are at start. Otherwise tables,
	// columns and indexes that the resources need and that are missing are created.
	KeepTables bool
	// CreateSchema makes the schema of a tenant and its tables, or what they
	// lack, in place of what App.CreateTenant does by itself: migrate.CreateSchema
	// runs the migrations there.
	CreateSchema func(ctx context.Context, schema string) error
	// StartTimeout limits the work at start. Zero means one minute.
	StartTimeout time.Duration
	// Development tells clients whom the policies refuse which policy did, what
	// its checks said, and what they looked at; see App.Why. Where strangers can
	// call it must be off, because that may be what they are not to know.
	Development bool
	// Translator words messages in the languages of callers, see WithLanguages.
	// Nil means English.
	Translator resource.Translator
	// Secret is the key for what clients hold and may not read: cursors of
	// lists that are sorted by a private or sensitive attribute. Servers that
	// share it understand each other's. Without one, such a cursor is good
	// until the process ends.
	Secret []byte
	// Tracers are told of every call of an action; see LogCalls.
	Tracers []Tracer
	// Explain gets what each call of an action would do, for people: an
	// *Explanation of a read, a *WritePlan of a write. The call then fails, for the
	// reason ErrExplained, and nothing is written. It may be called from many
	// goroutines, and is for tools such as conga explain.
	Explain func(ctx context.Context, what fmt.Stringer)
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.StartTimeout == 0 {
		o.StartTimeout = time.Minute
	}
	return o
}

// New makes an application of the resources. When their declarations have
// faults, or ask for something that the layer cannot do, the error is a
// resource.Diagnostics with all of them.
func New(layer datalayer.Layer, definitions ...resource.Definition) (*App, error) {
	return NewWith(Options{}, layer, definitions...)
}

// NewWith is New with options.
func NewWith(options Options, layer datalayer.Layer, definitions ...resource.Definition) (*App, error) {
	options = options.withDefaults()
	registry, err := resource.Compile(definitions...)
	if err != nil {
		return nil, err
	}
	if faults := layer.Check(registry.Resources); len(faults) > 0 {
		return nil, resource.Diagnostics(faults)
	}
	if !options.KeepTables {
		ctx, cancel := context.WithTimeout(context.Background(), options.StartTimeout)
		defer cancel()
		if err := layer.EnsureTables(ctx, registry.Resources); err != nil {
			return nil, err
		}
	}
	a := &App{registry: registry, layer: layer, options: options, bus: newBus(options.Log), decisions: map[*resource.Action]expr.Node{}, relations: customized(registry)}
	a.findTenancy()
	for _, r := range registry.Resources {
		for _, action := range r.Actions {
			a.decisions[action] = action.Decision()
		}
	}
	a.sights = sightsOf(registry.Resources)
	a.seal, err = wire.NewSeal(options.Secret)
	return a, err
}

// Registry is the model of the application's resources.
func (a *App) Registry() *resource.Registry { return a.registry }

// Layer is the data layer.
func (a *App) Layer() datalayer.Layer { return a.layer }

// Close ends the data layer, after running calls.
func (a *App) Close() error { return a.layer.Close() }
