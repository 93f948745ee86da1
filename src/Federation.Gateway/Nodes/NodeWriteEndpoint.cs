using System.Text.Json.Nodes;
using Federation.Api;
using Federation.Api.Clusters;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Nodes;
using Federation.Api.Patches;
using Federation.Api.Validation;
using Federation.Domain.Scheduling.Nodes;
using Federation.Gateway.Hosting;
using Federation.Gateway.Http;
using Federation.Gateway.Pods;
using Federation.Gateway.Resources;
using Federation.Gateway.Sources;
using Federation.Grains.Objects;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Nodes;

/// <summary><c>PUT</c> and <c>PATCH</c> of <c>v1</c> Nodes: what <c>kubectl cordon</c>, <c>uncordon</c>, <c>taint</c> and <c>label</c> send.</summary>
/// <remarks>
/// A Node is reported, not stored: what people want of a machine is written into its Cluster, in the name of who asks, and shown over the report
/// from then on. What cannot be wanted of a machine is refused by its path.
/// </remarks>
internal sealed class NodeWriteEndpoint(PodDirectory directory, WriteEndpoint writes, Freshness freshness, GatewayOptions options)
{
    /// <summary>The Cluster's controller writes its status while one asks for something else.</summary>
    private const int Attempts = 5;

    public async Task ReplaceAsync(HttpContext context, KindServer server, ObjectKey key)
    {
        var body = await RequestBody.ReadObjectAsync(context, options.BodyLimit);
        await WriteAsync(context, server, key, _ => body);
    }

    public async Task PatchAsync(HttpContext context, KindServer server, ObjectKey key)
    {
        var patch = await PatchBody.ReadAsync(context, options.BodyLimit);
        if (patch.Verb == WriteVerb.Apply)
            await ApplyAsync(context, server, key, patch.Json);
        else
            await WriteAsync(context, server, key, shown => Patched(server, key, shown, patch));
    }

    /// <param name="change">Makes the wanted document of the shown one.</param>
    private async Task WriteAsync(HttpContext context, KindServer server, ObjectKey key, Func<Node, ReadOnlyMemory<byte>> change)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (reported, cluster, view) = await FindAsync(context, key);
            var shown = (Node)NodeProjection.Show(reported, cluster.Metadata.Name, cluster).WithRevision(view.Revision);
            var wanted = Decode(server, key, change(shown));
            CheckPreconditions(server, key, shown, wanted.Metadata);
            var errors = new FieldErrors();
            NodeDocument.CheckOnlyWritable(shown, wanted, errors);
            foreach (var error in server.Kind.Validate(wanted))
                errors.Add(error);
            var host = HostOf(cluster, key);
            var others = cluster.Spec.Nodes.Where(entry => entry.Name != host);
            var wish = NodeWish.Of(shown, NodeProjection.Show(reported, cluster.Metadata.Name, cluster with { Spec = cluster.Spec with { Nodes = [.. others] } }), wanted, errors);
            if (!errors.IsEmpty)
                throw new RefusedException(Statuses.Invalid(server.Kind, key.Name, errors.All));
            if (wish.IsEmpty)
            {
                await AnswerAsync(context, server, view, []);
                return;
            }

            var result = await writes.SendAsync(context, cluster.Key, new WriteCommand
            {
                Verb = WriteVerb.StrategicPatch,
                Body = NodeDocument.Patch(host, wish, NodeWishes.Find(cluster.Spec.Nodes, cluster.Metadata.Name, key.Name)),
                ResourceVersion = cluster.Metadata.ResourceVersion,
            });
            // What was read is not what is there any more: made again from that, unless the client said that it must be what it read.
            if (result.Failure is { Reason: StatusReasons.Conflict } && attempt < Attempts)
                continue;
            await AnswerAsync(context, server, key, reported, result);
            return;
        }
    }

    private async Task ApplyAsync(HttpContext context, KindServer server, ObjectKey key, ReadOnlyMemory<byte> body)
    {
        var (reported, cluster, view) = await FindAsync(context, key);
        var stated = Decode(server, key, body);
        CheckPreconditions(server, key, (Node)view.Resource, stated.Metadata);
        var (document, errors) = ((JsonObject)JsonNode.Parse(body.Span)!, new FieldErrors());
        NodeDocument.CheckOnlyWritable(document, errors);
        foreach (var error in server.Kind.Validate(stated with { Metadata = stated.Metadata with { Name = key.Name } }))
            errors.Add(error);
        NodeWish.CheckLabels(stated.Metadata.Labels.Keys, errors);
        if (!errors.IsEmpty)
            throw new RefusedException(Statuses.Invalid(server.Kind, key.Name, errors.All));
        // What a manager applies to one machine says nothing about what it applied to another.
        var host = HostOf(cluster, key);
        var owner = $"{WriteOptions.Of(context, isApply: true).FieldManager} ({host})";
        var command = new WriteCommand { Verb = WriteVerb.Apply, Body = NodeDocument.Apply(cluster.Metadata.Name, host, document) };
        await AnswerAsync(context, server, key, reported, await writes.SendAsync(context, cluster.Key, command, owner));
    }

    private async Task<(Node Reported, Cluster Cluster, ObjectView Shown)> FindAsync(HttpContext context, ObjectKey key)
    {
        if (!await freshness.WaitLatestAsync(context.RequestAborted))
            throw new RefusedException(Statuses.ServiceUnavailable("the store cannot be asked right now"));
        var dot = key.Name.IndexOf('.', StringComparison.Ordinal);
        directory.Refresh(dot < 0 ? key.Name : key.Name[..dot]);
        return directory.FindNode(key.Name) ?? throw new RefusedException(Statuses.NotFound(Kinds.Node, key.Name));
    }

    private static ReadOnlyMemory<byte> Patched(KindServer server, ObjectKey key, Node shown, PatchBody patch)
    {
        var document = ApiJson.Write(shown, shown.Revision() ?? 0);
        var patched = patch.Verb switch
        {
            WriteVerb.JsonPatch => JsonPatch.Apply(document, patch.Json),
            WriteVerb.StrategicPatch => StrategicMergePatch.Apply(server.Kind, document, patch.Json),
            _ => MergePatch.Apply(document, patch.Json),
        };
        if (patched.IsApplied)
            return patched.Json;
        throw new RefusedException(patched.IsRefused ? Statuses.PatchRefused(server.Kind, key.Name, patched.Error!) : Statuses.BadRequest(patched.Error!));
    }

    private static Node Decode(KindServer server, ObjectKey key, ReadOnlyMemory<byte> body)
    {
        var decoded = server.Kind.Decode(body.Span);
        if (decoded.Resource is not Node node || decoded.Errors.Count > 0)
            throw new RefusedException(Statuses.Invalid(server.Kind, key.Name, decoded.Errors));
        if (node.Metadata.Name.Length > 0 && node.Metadata.Name != key.Name)
            throw new RefusedException(Statuses.BadRequest($"the name of the object ({node.Metadata.Name}) does not match the name on the URL ({key.Name})"));
        return node;
    }

    private static void CheckPreconditions(KindServer server, ObjectKey key, Node shown, ObjectMeta stated)
    {
        if (stated.Uid is { Length: > 0 } uid && uid != shown.Metadata.Uid)
            throw new RefusedException(Statuses.Conflict(server.Kind, key.Name, $"the node has uid {shown.Metadata.Uid}, not {uid}"));
        if (stated.ResourceVersion is { Length: > 0 } version && version != shown.Metadata.ResourceVersion)
            throw new RefusedException(Statuses.Conflict(server.Kind, key.Name));
    }

    private async Task AnswerAsync(HttpContext context, KindServer server, ObjectKey key, Node reported, WriteResult result)
    {
        if (result.Failure is { } failure)
        {
            context.AddWarnings(result.Warnings);
            await context.WriteStatusAsync(failure);
            return;
        }

        var cluster = (Cluster)result.Object!;
        await freshness.AcknowledgeAsync(result.Revision, context.RequestAborted);
        directory.Refresh(cluster.Metadata.Name);
        // A dry run shows what was not written.
        var found = WriteOptions.Of(context).DryRun ? null : directory.FindNode(key.Name)?.Shown;
        await AnswerAsync(context, server, found ?? new ObjectView(NodeProjection.Show(reported, cluster.Metadata.Name, cluster), 0), result.Warnings);
    }

    private Task AnswerAsync(HttpContext context, KindServer server, ObjectView node, IReadOnlyList<string> warnings) =>
        writes.AnswerAsync(context, server, new WriteResult { Object = node.Resource, Revision = node.Revision, Warnings = warnings });

    private static string HostOf(Cluster cluster, ObjectKey node) => node.Name[(cluster.Metadata.Name.Length + 1)..];
}
