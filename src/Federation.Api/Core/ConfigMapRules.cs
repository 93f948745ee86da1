using Federation.Api.Meta;
using Federation.Api.Validation;

namespace Federation.Api.Core;

/// <summary>A ConfigMap is all content: there is no spec, and its generation stays.</summary>
internal sealed class ConfigMapRules : KindRules
{
    private static readonly FieldPath Data = FieldPath.Root.Child("data");
    private static readonly FieldPath BinaryData = FieldPath.Root.Child("binaryData");

    public override NameFormat NameFormat => NameFormat.Subdomain;

    public override void Validate(Resource resource, FieldErrors errors)
    {
        var map = (ConfigMap)resource;
        long size = 0;
        foreach (var (key, value) in map.Data)
        {
            DataRules.ValidateKey(key, Data, errors);
            if (map.BinaryData.ContainsKey(key))
                errors.Invalid(Data.Key(key), key, "duplicate of key present in binaryData");
            size += System.Text.Encoding.UTF8.GetByteCount(value);
        }

        foreach (var (key, value) in map.BinaryData)
        {
            DataRules.ValidateKey(key, BinaryData, errors);
            size += DataRules.SizeOfBase64(value, BinaryData.Key(key), errors);
        }

        if (size > DataRules.SizeLimit)
            errors.TooLong(FieldPath.Root, DataRules.SizeLimit);
    }

    public override void ValidateUpdate(Resource old, Resource next, FieldErrors errors)
    {
        var (before, after) = ((ConfigMap)old, (ConfigMap)next);
        if (before.Immutable != true)
            return;
        DataRules.RequireImmutable(after.Immutable, errors);
        DataRules.RequireSame(before.Data, after.Data, Data, errors);
        DataRules.RequireSame(before.BinaryData, after.BinaryData, BinaryData, errors);
    }
}
