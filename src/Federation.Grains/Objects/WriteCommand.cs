namespace Federation.Grains.Objects;

/// <summary>One write as the gateway hands it over: what the client sent, not yet decoded.</summary>
[GenerateSerializer]
[Immutable]
[Alias("federation.WriteCommand")]
public sealed record WriteCommand
{
    public const string StatusSubresource = "status";

    [Id(0)]
    public required WriteVerb Verb { get; init; }

    /// <summary>UTF-8 JSON as the client sent it: the object (Create, Replace), the stated part of it (Apply) or the patch; empty for Delete.</summary>
    [Id(1)]
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Set: the write succeeds only while the object is at this revision.</summary>
    [Id(2)]
    public string? ResourceVersion { get; init; }

    /// <summary>Set: the write succeeds only on the object with this uid.</summary>
    [Id(3)]
    public string? Uid { get; init; }

    /// <summary>Empty, <see cref="StatusSubresource"/>, or another that writes to the object itself, such as <c>scale</c>.</summary>
    [Id(4)]
    public string Subresource { get; init; } = "";

    /// <summary>Who asked, for logs.</summary>
    [Id(5)]
    public string Actor { get; init; } = "";

    /// <summary>True: everything but the write happens.</summary>
    [Id(6)]
    public bool DryRun { get; init; }

    /// <summary>Who owns the fields this write changes; null: a controller's write, which leaves the owners as they are.</summary>
    [Id(7)]
    public string? FieldManager { get; init; }

    /// <summary>Apply: fields that others own are taken from them.</summary>
    [Id(8)]
    public bool Force { get; init; }

    [Id(9)]
    public FieldValidation FieldValidation { get; init; }

    /// <summary>Delete: what becomes of the objects that this one owns.</summary>
    [Id(10)]
    public DeletePropagation Propagation { get; init; }
}
