namespace Federation.Gateway.Protobuf;

/// <summary>What a field's bytes mean, and how they look as JSON.</summary>
internal enum FieldForm
{
    /// <summary>Text; empty is absent.</summary>
    Text,

    /// <summary>Bytes, as base64.</summary>
    Bytes,

    /// <summary>A whole number; always written.</summary>
    Number,

    /// <summary>A whole number of which zero means absent.</summary>
    Count,
    Bool,

    /// <summary>Seconds and nanoseconds, as RFC 3339; empty is absent.</summary>
    Time,

    /// <summary>JSON text within a message.</summary>
    Json,
    Message,
}

/// <summary>One field of a message.</summary>
/// <param name="Message">The shape of a <see cref="FieldForm.Message"/>.</param>
internal sealed record FieldShape(int Number, string Name, FieldForm Form, MessageShape? Message = null)
{
    public bool IsList { get; init; }

    /// <summary>Keys are text; the form is that of the values.</summary>
    public bool IsMap { get; init; }
}

/// <summary>The fields of a message, in the order in which they are written.</summary>
internal sealed record MessageShape(params IReadOnlyList<FieldShape> Fields)
{
    private readonly Dictionary<int, int> _places = Fields.Select((field, place) => (field.Number, place)).ToDictionary(entry => entry.Number, entry => entry.place);

    /// <summary>-1: there is no such field.</summary>
    public int PlaceOf(int number) => _places.GetValueOrDefault(number, -1);
}
