package structs

import (
	"reflect"
	"strings"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Kind is what a value is, for databases and documents alike. Each kind has
// one canonical Go type, in which values travel between the rooms.
type Kind uint8

// The kinds, with their canonical Go types.
const (
	Invalid  Kind = iota
	String        // string
	Bool          // bool
	Int           // int64
	Float         // float64
	Decimal       // decimal.Decimal
	Time          // time.Time, in UTC, whole microseconds
	Duration      // time.Duration
	UUID          // uuid.UUID
	Bytes         // []byte
	JSON          // the field's own Go type, stored as a JSON document
	Date          // civil.Date; its zero is the first day of the year 1
	List          // []any of the canonical values of Type.Element, never nil
)

var kindNames = [...]string{
	"invalid", "string", "bool", "int", "float", "decimal", "time", "duration", "uuid", "bytes", "json", "date", "list",
}

// String is the kind's name in lower case.
func (k Kind) String() string { return kindNames[k] }

// Type describes the type of one field.
type Type struct {
	Kind Kind
	// Name is the Go type without pointer, for example "time.Time" or "chat.State".
	Name string
	// Named is the bare name of a type declared by the application ("State"), else empty.
	Named string
	// Bits is the size of ints and floats: 8, 16, 32 or 64.
	Bits int
	// Unsigned marks unsigned ints.
	Unsigned bool
	// Nullable marks a pointer type, and an interface.
	Nullable bool
	// Element is the type of the elements of a List.
	Element *Type

	goType reflect.Type // without the pointer
	codec  *codec       // of a type that says itself how it is stored
	unions *Unions      // what it is bound to; nil for most
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
	uuidType     = reflect.TypeFor[uuid.UUID]()
	decimalType  = reflect.TypeFor[decimal.Decimal]()
	bytesType    = reflect.TypeFor[[]byte]()
	dateType     = reflect.TypeFor[civil.Date]()
)

// typeOf describes t; its Kind is Invalid where no column can hold it.
func typeOf(t reflect.Type) Type {
	var out Type
	if t.Kind() == reflect.Pointer {
		out.Nullable = true
		t = t.Elem()
	}
	out.goType = t
	out.Name = t.String()
	if t.PkgPath() != "" {
		out.Named = t.Name()
	}
	switch t {
	case timeType:
		out.Kind, out.Named = Time, ""
		return out
	case durationType:
		out.Kind, out.Named = Duration, ""
		return out
	case uuidType:
		out.Kind, out.Named = UUID, ""
		return out
	case decimalType:
		out.Kind, out.Named = Decimal, ""
		return out
	case bytesType:
		out.Kind = Bytes
		return out
	case dateType:
		out.Kind, out.Named = Date, ""
		return out
	}
	if out.codec = codecOf(t); out.codec != nil {
		out.Kind = out.codec.kind
		if out.Kind == Int || out.Kind == Float {
			out.Bits = 64
		}
		return out
	}
	switch t.Kind() {
	case reflect.String:
		out.Kind = String
	case reflect.Bool:
		out.Kind = Bool
	case reflect.Int, reflect.Int64:
		out.Kind, out.Bits = Int, 64
	case reflect.Int8, reflect.Int16, reflect.Int32:
		out.Kind, out.Bits = Int, t.Bits()
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		out.Kind, out.Bits, out.Unsigned = Int, t.Bits(), true
	case reflect.Float32, reflect.Float64:
		out.Kind, out.Bits = Float, t.Bits()
	case reflect.Slice:
		out.Kind = JSON
		if e, ok := elementOf(t); ok {
			out.Kind, out.Element = List, &e
		}
	case reflect.Struct, reflect.Map, reflect.Array:
		out.Kind = JSON
	case reflect.Interface:
		if !out.Nullable || t.NumMethod() == 0 {
			out.Kind, out.Nullable = JSON, true
		}
	}
	return out
}

// Zero is the canonical value of the zero value of t: nil where t is nullable.
func (t Type) Zero() any {
	if t.Nullable {
		return nil
	}
	v := reflect.New(t.goType).Elem()
	return t.canonical(v)
}

// NewPtr is a pointer to a new zero value of the Go type (without its own
// pointer), for decoders. ValueOf reads it back.
func (t Type) NewPtr() any { return reflect.New(t.goType).Interface() }

// ValueOf is the canonical value of what p, made by NewPtr, points at.
func (t Type) ValueOf(p any) any { return t.canonical(reflect.ValueOf(p).Elem()) }

// Canonical turns a Go value of any supported type into its canonical value.
// A nil pointer becomes nil, a pointer what it points at. Values of types that
// no kind covers come back as they are.
func Canonical(v any) any {
	switch x := v.(type) {
	case nil, string, bool, int64, float64, uuid.UUID, decimal.Decimal, time.Duration:
		return x
	case int:
		return int64(x)
	case time.Time:
		return canonicalTime(x)
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() == reflect.Pointer {
		if rv.IsNil() {
			return nil
		}
		rv = rv.Elem()
	}
	t := typeOf(rv.Type())
	if t.Kind == Invalid {
		return rv.Interface()
	}
	return t.canonical(rv)
}

func (t Type) canonical(v reflect.Value) any {
	if t.codec != nil {
		return t.codec.canonical(v)
	}
	switch t.Kind {
	case String:
		return v.String()
	case Bool:
		return v.Bool()
	case Int:
		if v.CanUint() {
			return int64(v.Uint()) //nolint:gosec // at most 32 bits: typeOf refuses uint and uint64
		}
		return v.Int()
	case Float:
		return v.Float()
	case Time:
		return canonicalTime(v.Interface().(time.Time))
	case Bytes:
		if v.IsNil() {
			return []byte{}
		}
		return v.Bytes()
	case Date:
		return canonicalDate(v.Interface().(civil.Date))
	case List:
		return t.canonicalList(v)
	case JSON:
		return canonicalDocument(v)
	}
	return v.Interface()
}

// canonicalDocument makes empty what is nil: a list or an object is no null.
func canonicalDocument(v reflect.Value) any {
	switch {
	case v.Kind() == reflect.Map && v.IsNil():
		return reflect.MakeMap(v.Type()).Interface()
	case v.Kind() == reflect.Slice && v.IsNil() && v.Type().Elem().Kind() != reflect.Uint8:
		return reflect.MakeSlice(v.Type(), 0, 0).Interface()
	}
	return v.Interface()
}

func canonicalTime(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Reflected is a value as libraries that work by reflection pass it.
type Reflected = reflect.Value

// Naming is a function that names a struct field in documents: by its json
// tag, or else by what rename makes of the Go name.
func Naming(rename func(string) string) func(reflect.StructField) string {
	return func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			return rename(f.Name)
		}
		return name
	}
}

// IsStruct reports whether v is a struct.
func IsStruct(v any) bool {
	t := reflect.TypeOf(v)
	return t != nil && t.Kind() == reflect.Struct
}

// KindOf is the kind of the dynamic type of v; Invalid for nil.
func KindOf(v any) Kind {
	if v == nil {
		return Invalid
	}
	return typeOf(reflect.TypeOf(v)).Kind
}

// IsNil reports whether v is nil or a nil pointer.
func IsNil(v any) bool {
	if v == nil {
		return true
	}
	rv := reflect.ValueOf(v)
	return rv.Kind() == reflect.Pointer && rv.IsNil()
}
