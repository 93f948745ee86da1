using Federation.Api.Validation;

namespace Federation.Api.Credentials;

internal sealed class CredentialRules : KindRules<Credential, CredentialSpec>
{
    public override NameFormat NameFormat => NameFormat.Subdomain;

    protected override CredentialSpec Spec(Credential resource) => resource.Spec;

    protected override void Validate(Credential resource, FieldErrors errors)
    {
        var spec = resource.Spec;
        if (spec.TokenHash.Length != 64 || !spec.TokenHash.All(char.IsAsciiHexDigitLower))
            errors.Invalid(FieldPath.Spec.Child("tokenHash"), spec.TokenHash, "must be a SHA-256 in lower-case hex");
        if (spec.Role == CredentialRole.Agent && string.IsNullOrEmpty(spec.Cluster))
            errors.Required(FieldPath.Spec.Child("cluster"), "an agent's credential is good for one cluster");
    }
}
