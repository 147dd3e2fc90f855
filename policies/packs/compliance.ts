import { servePack } from "../adapter";

servePack("compliance");
