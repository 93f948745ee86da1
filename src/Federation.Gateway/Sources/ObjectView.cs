using System.Buffers;
using Federation.Api;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Gateway.Http;
using Federation.Storage.Cache;

namespace Federation.Gateway.Sources;

/// <summary>One version of one object as the API shows it. Shared by every list and watch: it is parsed and encoded at most once.</summary>
internal sealed class ObjectView
{
    private readonly ReadOnlyMemory<byte> _stored;
    private Resource? _resource;
    private IReadOnlyDictionary<string, string>? _labels;

    /// <param name="resource">With its revision as resourceVersion.</param>
    public ObjectView(Resource resource, long revision)
        : this(resource.Key, revision, ApiJson.Write(resource)) => _resource = resource;

    private ObjectView(ObjectKey key, long revision, ReadOnlyMemory<byte> stored) => (Key, Revision, _stored) = (key, revision, stored);

    public ObjectKey Key { get; }

    public long Revision { get; }

    /// <summary>With its resourceVersion.</summary>
    public Resource Resource => Volatile.Read(ref _resource) ?? Parse();

    /// <summary>Read without the rest of the object.</summary>
    public IReadOnlyDictionary<string, string> Labels => Volatile.Read(ref _labels) ?? Volatile.Read(ref _resource)?.Metadata.Labels ?? ReadLabels();

    /// <summary>The labels, and the very same ones as the version before has unless they changed.</summary>
    public IReadOnlyDictionary<string, string> LabelsSince(ObjectView before)
    {
        if (Volatile.Read(ref _labels) is { } known)
            return known;
        var (old, labels) = (before.Labels, Labels);
        var isSame = ReferenceEquals(old, labels) || (old.Count == labels.Count && labels.All(label => old.TryGetValue(label.Key, out var value) && value == label.Value));
        Volatile.Write(ref _labels, isSame ? old : labels);
        return isSame ? old : labels;
    }

    public static ObjectView Of(CachedObject cached) => cached.View(static version => new ObjectView(version.Key, version.Revision, version.Json));

    /// <summary>Nothing but a place in an order: to search for a key.</summary>
    public static ObjectView Probe(ObjectKey key) => new(key, 0, default);

    /// <summary>Whether both look the same but for their revision.</summary>
    public bool ShowsTheSameAs(ObjectView other) => _stored.Span.SequenceEqual(other._stored.Span);

    /// <summary>The same state, shown at a later revision.</summary>
    public ObjectView At(long revision) => new(Key, revision, _stored);

    /// <summary>Writes the object as JSON with its resourceVersion.</summary>
    public void WriteTo(IBufferWriter<byte> output) => StoredJson.WriteWithRevision(_stored.Span, Revision, output);

    /// <param name="form">The object, or its metadata alone; tables have a writer of their own.</param>
    public void WriteTo(IBufferWriter<byte> output, AnswerForm form)
    {
        if (form == AnswerForm.Metadata)
            WriteMetadataTo(output);
        else
            WriteTo(output);
    }

    public byte[] ToJson(AnswerForm form = AnswerForm.Object)
    {
        var output = new ArrayBufferWriter<byte>(_stored.Length + 128);
        WriteTo(output, form);
        return output.WrittenSpan.ToArray();
    }

    private void WriteMetadataTo(IBufferWriter<byte> output)
    {
        output.Write("{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":"u8);
        StoredJson.WriteMetadataWithRevision(_stored.Span, Revision, output);
        output.Write("}"u8);
    }

    private IReadOnlyDictionary<string, string> ReadLabels()
    {
        var labels = StoredJson.ReadLabels(_stored.Span);
        return Interlocked.CompareExchange(ref _labels, labels, null) ?? labels;
    }

    private Resource Parse()
    {
        var parsed = Kinds.Find(Key.Kind).ReadStored(_stored.Span, Revision);
        return Interlocked.CompareExchange(ref _resource, parsed, null) ?? parsed;
    }
}
