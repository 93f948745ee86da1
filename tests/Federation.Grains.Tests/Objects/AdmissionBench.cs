using System.Text;
using System.Text.Json.Nodes;
using Federation.Api;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Grains.Objects;

namespace Federation.Grains.Tests.Objects;

/// <summary>One object and the rules its writes go through, without a store: what is admitted is the object from then on.</summary>
internal sealed class AdmissionBench(KindDefinition kind, string @namespace, string name, string? finalizer = null)
{
    private readonly ObjectAdmission _rules = new(kind, new ObjectKey(kind.Kind, @namespace, name), finalizer);
    private long _revision;

    public DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public Resource? Current { get; private set; }

    public JsonObject Json => (JsonObject)JsonNode.Parse(ApiJson.Write(Current!))!;

    public Admission Send(WriteVerb verb, string body, string? manager = "test", bool force = false, string subresource = "", FieldValidation validation = FieldValidation.Strict)
    {
        Now += TimeSpan.FromSeconds(1);
        var command = new WriteCommand
        {
            Verb = verb,
            Body = Encoding.UTF8.GetBytes(body),
            FieldManager = manager,
            Force = force,
            Subresource = subresource,
            FieldValidation = validation,
        };
        var admission = _rules.Admit(Current, command, Now, "uid-1");
        Current = admission switch
        {
            Admission.Put put => put.Next.WithRevision(++_revision),
            Admission.Remove => null,
            _ => Current,
        };
        return admission;
    }

    public Admission Apply(string body, string manager, bool force = false) => Send(WriteVerb.Apply, body, manager, force);

    /// <summary>What a manager owns, as FieldsV1 text; null: nothing.</summary>
    public string? FieldsOf(string manager, string subresource = "") =>
        Current!.Metadata.ManagedFields.SingleOrDefault(entry => entry.Manager == manager && (entry.Subresource ?? "") == subresource)?.FieldsV1?.GetRawText();
}
